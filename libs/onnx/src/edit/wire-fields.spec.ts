import { ProtobufMessage } from '../protobuf.js';
import { contentsOf, editMessage, integerOf, integersOf, textOf, wireFields, WireFormatError } from './wire-fields.js';

const bytesOf = (message: ProtobufMessage): Buffer => Buffer.concat(message.parts());

// The examples of protobuf.dev, "Encoding".
test('fields are read as they were written', () => {
  expect(integerOf(Buffer.of(0x08, 0x96, 0x01), 1)).toBe(150);
  expect(integersOf(bytesOf(new ProtobufMessage().int64(1, -2n).int64(1, 2n ** 62n)), 1)).toEqual([-2n, 2n ** 62n]);
  expect(integersOf(Buffer.of(0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5), 6)).toEqual([3n, 270n, 86942n]);
  expect(textOf(Buffer.from('\u0012\u0007testing'), 2)).toBe('testing');
  const fields = [...wireFields(bytesOf(new ProtobufMessage().float(5, 1).uint(400, 7)))];
  expect(fields.map(({ number, varint, content }) => [number, varint, content?.byteLength])).toEqual([
    [5, undefined, 4],
    [400, 7n, undefined],
  ]);
  expect([integerOf(Buffer.of(), 1), textOf(Buffer.of(), 1), contentsOf(Buffer.of(), 1)]).toEqual([0, '', []]);
});

test.each<[string, readonly number[], boolean]>([
  ['a tag without a value', [0x08], true],
  ['half of a number', [0x08, 0x96], true],
  ['a text that is one byte short', [0x12, 2, 0x61], true],
  ['a text whose length goes beyond any file', [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], true],
  ['a fixed number that is one byte short', [0x0d, 1, 2, 3], true],
  ['a number of eleven bytes', [0x08, ...Array<number>(11).fill(0x80)], false],
  ['a group', [0x0b], false],
  ['field 0', [0x00, 1], false],
])('%s is no field', (_, bytes, isCutShort) => {
  expect(() => [...wireFields(Buffer.from(bytes))]).toThrow(WireFormatError);
  expect(() => [...wireFields(Buffer.from(bytes))]).toThrow(expect.objectContaining({ isCutShort }) as Error);
});

test('an edit changes the fields that it is for, and nothing gives back the same array', () => {
  const message = bytesOf(new ProtobufMessage().string(1, 'old').uint(3, 5).string(2, 'other'));
  expect(editMessage(message, { 2: (content) => content, 3: () => Buffer.from('never') })).toBe(message);
  const edited = editMessage(message, { 1: () => Buffer.from('much longer than before') });
  const wanted = new ProtobufMessage().string(1, 'much longer than before').uint(3, 5).string(2, 'other');
  expect(bytesOf(wanted).equals(edited)).toBe(true);
});
