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
  const hashes = model.constant('item_hashes', 'int64').data;
  // No item has the hash 0, and there is at least one row for unknown items.
  const items = hashes.indexOf(0n);
  const rowsOf = (from: EditableModel, name: string, width: number): Float32Array =>
    from.constant(name, 'float32').data.subarray(0, items * width);
  return {
    hashes: hashes.subarray(0, items),
    vectors: rowsOf(model, 'rank/items', FUSED_DIMENSIONS),
    parts: new Map(sources.map((source) => [source, rowsOf(explanation, `explain/items_${source}`, FUSED_DIMENSIONS)])),
    worth: rowsOf(model, 'rank/worth', 1),
  };
};
