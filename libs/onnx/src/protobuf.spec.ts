import { ProtobufMessage } from './protobuf.js';

const bytes = (message: ProtobufMessage): number[] => [...Buffer.concat(message.parts())];

// The examples of protobuf.dev, "Encoding".
test('numbers are written as varints, negative ones in ten bytes', () => {
  expect(bytes(new ProtobufMessage().uint(1, 150))).toEqual([0x08, 0x96, 0x01]);
  expect(bytes(new ProtobufMessage().int64(1, -2n))).toEqual([0x08, 0xfe, ...Array<number>(8).fill(0xff), 0x01]);
  expect(bytes(new ProtobufMessage().uint(1, 2 ** 40))).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
});

test('text, messages and packed lists carry their length', () => {
  expect(bytes(new ProtobufMessage().string(2, 'testing'))).toEqual([0x12, 7, ...Buffer.from('testing')]);
  expect(bytes(new ProtobufMessage().message(3, new ProtobufMessage().uint(1, 150)))).toEqual([0x1a, 3, 8, 0x96, 1]);
  expect(bytes(new ProtobufMessage().packedInt64(6, [3n, 270n, 86942n]))).toEqual([0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
});

test('large fields are referenced, not copied, and keep their place between small ones', () => {
  const large = new Uint8Array(100_000).fill(7);
  const message = new ProtobufMessage().uint(1, 1).message(2, new ProtobufMessage().bytes(1, large)).uint(3, 1);
  expect(message.parts().some((part) => part === large)).toBe(true);
  expect(message.sizeBytes).toBe(bytes(message).length);
  expect(bytes(message).slice(-3)).toEqual([7, 0x18, 1]);
});
