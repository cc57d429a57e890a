import type { ModelInferRequest__Output } from '@offerstream/inference-client/protocol';
import { readInputs } from './infer-messages.js';

type Input = ModelInferRequest__Output['inputs'][number];

const request = (
  inputs: readonly Partial<Input>[],
  rawInputContents: readonly Buffer[],
): ModelInferRequest__Output => ({
  modelName: 'm',
  modelVersion: '',
  id: '',
  parameters: {},
  inputs: inputs.map((input) => ({
    name: 'x',
    datatype: 'FP32',
    shape: ['1'],
    parameters: {},
    contents: null,
    ...input,
  })),
  outputs: [],
  rawInputContents: [...rawInputContents],
});

const NO_CONTENTS = {
  boolContents: [],
  intContents: [],
  int64Contents: [],
  uintContents: [],
  uint64Contents: [],
  fp32Contents: [],
  fp64Contents: [],
  bytesContents: [],
};

describe('readInputs', () => {
  test('takes raw contents without a copy', () => {
    const raw = Buffer.alloc(8);
    const { x } = readInputs(request([{ datatype: 'INT64' }], [raw]));
    expect(x).toEqual({ dtype: 'int64', dims: [1], bytes: raw });
    expect(x?.bytes.buffer).toBe(raw.buffer);
  });

  test('takes typed contents, whole 64-bit numbers included', () => {
    const contents = { ...NO_CONTENTS, int64Contents: ['9007199254740993', '-1'] };
    const { x } = readInputs(request([{ datatype: 'INT64', shape: ['2'], contents }], []));
    expect(x?.bytes).toEqual(new Uint8Array(BigInt64Array.of(9007199254740993n, -1n).buffer));
  });

  test.each([
    [
      'fewer raw contents than inputs',
      request([{}, { name: 'y' }], [Buffer.alloc(4)]),
      '2 inputs and 1 raw_input_contents',
    ],
    ['no contents at all', request([{}], []), 'Input "x" has neither'],
    ['an input twice', request([{}, {}], [Buffer.alloc(4), Buffer.alloc(4)]), 'Input "x" is there twice'],
    ['an unknown type', request([{ datatype: 'BYTES' }], [Buffer.alloc(4)]), 'Input "x" has datatype "BYTES"'],
    ['a negative size', request([{ shape: ['-1'] }], [Buffer.alloc(4)]), 'Input "x" has shape [-1]'],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => readInputs(wrong)).toThrow(message);
  });
});
