import { arrayFromBytes } from './datatypes.js';
import { arrayFromContents } from './tensor-contents.js';

const NONE = {
  boolContents: [],
  intContents: [],
  int64Contents: [],
  uintContents: [],
  uint64Contents: [],
  fp32Contents: [],
  fp64Contents: [],
  bytesContents: [],
};

describe('arrayFromContents', () => {
  test.each([
    ['BOOL', { boolContents: [true, false] }, Uint8Array.of(1, 0)],
    ['INT8', { intContents: [-1] }, Int8Array.of(-1)],
    ['INT16', { intContents: [-300] }, Int16Array.of(-300)],
    ['INT32', { intContents: [-70000] }, Int32Array.of(-70000)],
    ['INT64', { int64Contents: ['-9007199254740993'] }, BigInt64Array.of(-9007199254740993n)],
    ['UINT8', { uintContents: [255] }, Uint8Array.of(255)],
    ['UINT16', { uintContents: [65535] }, Uint16Array.of(65535)],
    ['UINT32', { uintContents: [4294967295] }, Uint32Array.of(4294967295)],
    ['UINT64', { uint64Contents: ['18446744073709551615'] }, BigUint64Array.of(18446744073709551615n)],
    ['FP32', { fp32Contents: [0.5, 'NaN' as const] }, Float32Array.of(0.5, NaN)],
    ['FP64', { fp64Contents: [0.1] }, Float64Array.of(0.1)],
  ] as const)('%s', (datatype, contents, expected) => {
    expect(arrayFromContents(datatype, { ...NONE, ...contents } as never)).toEqual(expected);
  });
});

describe('arrayFromBytes', () => {
  test('is a view where the bytes are aligned', () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2).buffer);
    expect(arrayFromBytes('FP32', bytes).buffer).toBe(bytes.buffer);
  });

  test('copies where they are not', () => {
    const message = new Uint8Array(17);
    message.set(new Uint8Array(BigInt64Array.of(7n, -7n).buffer), 1);
    expect(arrayFromBytes('INT64', message.subarray(1))).toEqual(BigInt64Array.of(7n, -7n));
  });
});
