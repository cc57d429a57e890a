import { parseTextProto, type TextValue } from './text-proto.js';

type Plain = string | { readonly [field: string]: readonly Plain[] };

const plain = (value: TextValue): Plain =>
  typeof value === 'string'
    ? value
    : Object.fromEntries([...value].map(([field, values]) => [field, values.map(plain)]));

describe('parseTextProto', () => {
  test('reads a model configuration as Triton writes it', () => {
    const text = `
      # The demo's ranking.
      name: "demo.behaviour"
      platform: 'onnxruntime_onnx'
      max_batch_size: 0
      input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 50 ] }, { name: "y" } ]
      version_policy: { latest { num_versions: 2 } }
      parameters { key: "a" value: { string_value: "b # no comment" } }
    `;
    expect(plain(parseTextProto(text))).toEqual({
      name: ['demo.behaviour'],
      platform: ['onnxruntime_onnx'],
      max_batch_size: ['0'],
      input: [{ name: ['x'], data_type: ['TYPE_FP32'], dims: ['-1', '50'] }, { name: ['y'] }],
      version_policy: [{ latest: [{ num_versions: ['2'] }] }],
      parameters: [{ key: ['a'], value: [{ string_value: ['b # no comment'] }] }],
    });
  });

  test('reads separators, angle brackets, repeated fields, escapes and adjacent strings', () => {
    expect(plain(parseTextProto(`a: 1, a: 2; b < c: "x\\"y" 'z' > d: []`))).toEqual({
      a: ['1', '2'],
      b: [{ c: ['x"yz'] }],
      d: [],
    });
  });

  test.each([
    ['a: {\n b: 1\n', 'line 3: expected the name of a field, found the end of the file'],
    ['a 1', 'line 1: expected ":" or "{", found 1'],
    ['a: [1 2]', 'line 1: expected "," or "]", found 2'],
    ['\n: 1', 'line 2: expected the name of a field, found :'],
  ])('says where %j goes wrong', (text, message) => {
    expect(() => parseTextProto(text)).toThrow(message);
  });
});
