import type { ItemId } from '@offerstream/contracts';
import { VectorIndex, type ScoredItem } from '@offerstream/search';
import { keyOf, type PlacedVector, type VectorSpace } from './vector-space.js';

interface Space {
  readonly space: VectorSpace;
  readonly index: VectorIndex;
}

/**
 * A shop's items by one kind of vectors. While the model that makes them changes to another version, some items have vectors of the one and
 * some of the other: each version has an index of its own.
 */
export class VersionedIndex {
  private readonly indexes = new Map<string, Space>();
  private readonly keys = new Map<ItemId, string>();

  /** Those that have items, that of the most of them first. */
  get spaces(): VectorSpace[] {
    return [...this.indexes.values()].sort((one, other) => other.index.size - one.index.size).map(({ space }) => space);
  }

  /** @param vector undefined for an item that has none */
  set(item: ItemId, vector: PlacedVector | undefined): void {
    const key = vector === undefined ? undefined : keyOf(vector.space);
    const before = this.keys.get(item);
    if (before !== undefined && before !== key) this.remove(item, before);
    if (vector === undefined || key === undefined) return;
    const { space, values } = vector;
    let found = this.indexes.get(key);
    if (found === undefined) this.indexes.set(key, (found = { space, index: new VectorIndex(space.dimensions) }));
    found.index.setItem(item, values);
    this.keys.set(item, key);
  }

  vectorOf(item: ItemId): PlacedVector | undefined {
    const found = this.indexes.get(this.keys.get(item) ?? '');
    const values = found?.index.vectorOf(item);
    return found === undefined || values === undefined ? undefined : { space: found.space, values };
  }

  /** By their cosines, best first; undefined where the shop has no vectors of the same version of a model. */
  nearest(
    { space, values }: PlacedVector,
    limit: number,
    accepts: (item: ItemId) => boolean,
  ): ScoredItem[] | undefined {
    return this.indexes.get(keyOf(space))?.index.nearest(values, limit, accepts);
  }

  private remove(item: ItemId, key: string): void {
    const { index } = this.indexes.get(key) as Space;
    index.removeItem(item);
    this.keys.delete(item);
    if (index.size === 0) this.indexes.delete(key);
  }
}
