import { RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import type { Session } from './session.js';
import {
  elementCount,
  tensorFromBytes,
  bytesPerElement,
  type InputMetadata,
  type Tensor,
  type Tensors,
} from './tensor.js';

const ROWS = 64;
const OTHER_DYNAMIC_SIZE = 16;

/** Of text encoders, which all call them so: two kinds of tokens at most, and each of them counts. */
const FIXED: Readonly<Record<string, number>> = { token_type_ids: 0, attention_mask: 1 };

/**
 * Inputs with which execution providers can be compared: every required input, counting numbers that fit any small vocabulary. A
 * retrieval model knows its items by hash only; it is asked for some with an empty history first, and those become the histories.
 */
export const warmUpFeeds = async (session: Session): Promise<Tensors> => {
  const required = session.inputs.filter((input) => !input.optional);
  const counting = Object.fromEntries(
    required.map((input) => [input.name, filled(input, (index) => FIXED[input.name] ?? 1 + (index % 6))]),
  );
  const histories = required.find(({ name }) => name === RETRIEVAL_INPUTS.historyItems);
  if (histories === undefined || !session.outputs.some(({ name }) => name === RETRIEVAL_OUTPUTS.items)) return counting;

  const empty = Object.fromEntries(required.map((input) => [input.name, filled(input, () => 0)]));
  const ranked = (await session.run(empty))[RETRIEVAL_OUTPUTS.items];
  if (ranked?.dtype !== 'int64') return counting;
  const known = [...new Set(ranked.data)].filter((hash) => hash !== 0n);
  if (known.length === 0) return counting;
  // A step that shares no factor with most lengths, so that rows differ from each other.
  const items = BigInt64Array.from(
    { length: elementCount(sizes(histories)) },
    (_, index) => known[(index * 7) % known.length] ?? 0n,
  );
  return { ...counting, [histories.name]: { dtype: 'int64', dims: sizes(histories), data: items } };
};

const sizes = (input: InputMetadata): number[] =>
  input.shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? ROWS : OTHER_DYNAMIC_SIZE));

const filled = (input: InputMetadata, value: (index: number) => number): Tensor => {
  const dims = sizes(input);
  const count = elementCount(dims);
  const tensor = tensorFromBytes(input.dtype, dims, new Uint8Array(count * bytesPerElement(input.dtype)));
  for (let index = 0; index < count; index++) {
    if (tensor.dtype === 'int64' || tensor.dtype === 'uint64') tensor.data[index] = BigInt(value(index));
    else tensor.data[index] = tensor.dtype === 'bool' ? value(index) % 2 : value(index);
  }
  return tensor;
};
