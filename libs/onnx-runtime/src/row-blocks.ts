import { RETRIEVAL_INPUTS } from '@offerstream/contracts';
import type { Session } from './session.js';
import { aligned, type PackedTensors } from './tensor-bytes.js';
import { elementCount, tensorBytes, type Tensor, type Tensors } from './tensor.js';

/**
 * The tensors inside a graph grow with the rows of one run ([B, items] scores above all), so blocks of rows bound the memory, and they
 * stay in the processor's cache. For 10,000 items and d = 64 a row of a batch of 1,024 took 47, 46, 56, 54 and 65 µs in blocks of 32,
 * 64, 128, 256 and 1,024 rows; the process had 104, 109, 117, 258 and 165 MB.
 */
const ROWS_PER_RUN = 64;

/** Rows are shoppers in a retrieval model, each ranked for itself. Of other graphs nothing is known: undefined, a batch stays whole. */
export const rowsPerRun = (session: Session): number | undefined =>
  session.inputs.some(({ name }) => name === RETRIEVAL_INPUTS.historyItems) ? ROWS_PER_RUN : undefined;

/** Runs a graph on all rows of a batch, `limit` at a time, and gives the outputs in one buffer that can be transferred. */
export const runInBlocks = async (
  session: Session,
  feeds: Tensors,
  wanted: readonly string[] | undefined,
  limit: number | undefined,
): Promise<PackedTensors> => {
  const axis = rowAxis(session, wanted);
  const rows = axis === undefined ? undefined : rowCount(session, feeds, axis);
  if (axis === undefined || rows === undefined || limit === undefined || rows <= limit)
    return concatenate([await session.run(feeds, wanted)]);

  const blocks: Tensors[] = [];
  for (let first = 0; first < rows; first += limit) {
    const last = Math.min(first + limit, rows);
    const block = Object.fromEntries(
      session.inputs.flatMap((input) => {
        const tensor = feeds[input.name];
        if (tensor === undefined) return [];
        return [[input.name, input.shape[0] === axis ? sliceRows(tensor, first, last) : tensor]];
      }),
    );
    blocks.push(await session.run(block, wanted));
  }
  return concatenate(blocks);
};

/** The dynamic dimension that comes first in every output: what the graph's author calls a row. */
const rowAxis = (session: Session, wanted: readonly string[] | undefined): string | undefined => {
  const outputs = wanted === undefined ? session.outputs : session.outputs.filter(({ name }) => wanted.includes(name));
  const axis = outputs[0]?.shape[0];
  return typeof axis === 'string' && axis !== '' && outputs.every(({ shape }) => shape[0] === axis) ? axis : undefined;
};

const rowCount = (session: Session, feeds: Tensors, axis: string): number | undefined => {
  const input = session.inputs.find(({ name, shape }) => shape[0] === axis && feeds[name] !== undefined);
  return input === undefined ? undefined : feeds[input.name]?.dims[0];
};

const sliceRows = (tensor: Tensor, first: number, last: number): Tensor => {
  const width = elementCount(tensor.dims.slice(1));
  return {
    dtype: tensor.dtype,
    dims: [last - first, ...tensor.dims.slice(1)],
    data: tensor.data.subarray(first * width, last * width),
  } as Tensor;
};

const concatenate = (blocks: readonly Tensors[]): PackedTensors => {
  let end = 0;
  const places = Object.keys(blocks[0] ?? {}).map((name) => {
    const parts = blocks.flatMap((block) => block[name] ?? []);
    const offset = aligned(end);
    const byteLength = parts.reduce((sum, part) => sum + part.data.byteLength, 0);
    end = offset + byteLength;
    return { name, parts, offset, byteLength };
  });
  const buffer = new ArrayBuffer(end);
  const target = new Uint8Array(buffer);
  return {
    buffer,
    tensors: places.flatMap(({ name, parts, offset, byteLength }) => {
      const [head] = parts;
      if (head === undefined) return [];
      let position = offset;
      for (const part of parts) {
        target.set(tensorBytes(part), position);
        position += part.data.byteLength;
      }
      const dims =
        parts.length === 1
          ? head.dims
          : [parts.reduce((sum, part) => sum + (part.dims[0] ?? 0), 0), ...head.dims.slice(1)];
      return [{ name, dtype: head.dtype, dims, offset, byteLength }];
    }),
  };
};
