import type { EditableModel } from '@offerstream/onnx';
import { FUSED_DIMENSIONS } from '../fusion/fused-items.js';
import type { ContentSource } from '../fusion/item-sources.js';

/** The rows of a content model's graphs, without those that stand for unknown items. */
export interface StoredContent {
  readonly hashes: BigInt64Array;
  /** [items, {@link FUSED_DIMENSIONS}] */
  readonly vectors: Float32Array;
  readonly parts: ReadonlyMap<ContentSource, Float32Array>;
  /** [items] */
  readonly worth: Float32Array;
}

/** Hashes of the items, in the order of their rows. */
export const storedHashes = (model: EditableModel): BigInt64Array => {
  const hashes = model.constant('item_hashes', 'int64').data;
  // No item has the hash 0, and there is at least one row for unknown items.
  return hashes.subarray(0, hashes.indexOf(0n));
};

/**
 * Reads back what the family `content` has put into its graphs.
 *
 * @param sources those that have parts
 * @throws {OnnxGraphError} `unknown-value`, `wrong-type` where the graphs are not of this family
 */
export const storedContent = (
  model: EditableModel,
  explanation: EditableModel,
  sources: readonly ContentSource[],
): StoredContent => {
  const hashes = storedHashes(model);
  const items = hashes.length;
  const rowsOf = (from: EditableModel, name: string, width: number): Float32Array =>
    from.constant(name, 'float32').data.subarray(0, items * width);
  return {
    hashes,
    vectors: rowsOf(model, 'rank/items', FUSED_DIMENSIONS),
    parts: new Map(sources.map((source) => [source, rowsOf(explanation, `explain/items_${source}`, FUSED_DIMENSIONS)])),
    worth: rowsOf(model, 'rank/worth', 1),
  };
};
