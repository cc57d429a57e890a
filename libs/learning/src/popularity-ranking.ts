/** Items by how often they were added, kept in order at a cost that does not depend on the number of items. */
export class PopularityRanking {
  readonly #order: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  /** The first place of each count. */
  readonly #starts = new Map<number, number>();

  add(item: string): void {
    const count = this.#counts.get(item) ?? 0;
    if (count === 0) {
      this.#places.set(item, this.#order.length);
      this.#order.push(item);
    }
    // The item takes the first place among those of its old count, and with that the last among those of its next.
    const place = this.#places.get(item) as number;
    const first = count === 0 ? place : (this.#starts.get(count) as number);
    const other = this.#order[first] as string;
    this.#order[first] = item;
    this.#order[place] = other;
    this.#places.set(other, place);
    this.#places.set(item, first);
    const next = this.#order[first + 1];
    if (next !== undefined && this.#counts.get(next) === count) this.#starts.set(count, first + 1);
    else this.#starts.delete(count);
    this.#counts.set(item, count + 1);
    if (!this.#starts.has(count + 1)) this.#starts.set(count + 1, first);
  }

  /** Most added first; not to be kept over an {@link PopularityRanking.add}. */
  ranking(): readonly string[] {
    return this.#order;
  }
}
