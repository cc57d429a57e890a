import type { ItemId } from '@offerstream/contracts';
import { Best } from '../best.js';
import { SearchError } from '../errors.js';
import type { ScoredItem } from '../scored-item.js';
import { createDotKernel, LANES } from './dot-kernel.js';

/** Rows that are kept in one array, and scored at a time. */
const BLOCK = 4096;
const PAGE_BYTES = 65_536;
/** Codes of an item are int8; those of a query are int16, as fine as sums of products in 32 bits allow. */
const ITEM_STEPS = 127;
const MAX_QUERY_STEPS = 8191;
/** Of products of unit vectors in 32 bits. */
const ROUNDING = 1e-6;

/**
 * The items whose vectors point nearest to a query's: exact, over all of them. Each vector is kept twice, in float32, and in int8 with
 * what that loses. The int8 ones are a quarter of the bytes to read; they bound every cosine from both sides, and those few that can be
 * among the best by their bounds are scored in full.
 */
export class VectorIndex {
  /** [{@link BLOCK}, dimensions] each: unit vectors. */
  readonly #blocks: Float32Array[] = [];
  readonly #items: ItemId[] = [];
  readonly #rows = new Map<ItemId, number>();
  /** By row: what a step of the codes is worth, and the length of what the codes leave out. */
  #steps = new Float32Array(BLOCK);
  #losses = new Float32Array(BLOCK);
  #scores = new Float32Array(BLOCK);
  readonly #kernel = createDotKernel();
  /** Of a row of codes. */
  readonly #width: number;
  readonly #querySteps: number;
  readonly #dotsAt: number;
  readonly #codesAt: number;

  constructor(readonly dimensions: number) {
    this.#width = Math.ceil(dimensions / LANES) * LANES;
    this.#querySteps = Math.min(MAX_QUERY_STEPS, Math.floor(0x7fffffff / (ITEM_STEPS * this.#width)));
    this.#dotsAt = 2 * this.#width;
    this.#codesAt = this.#dotsAt + 4 * BLOCK;
  }

  get size(): number {
    return this.#items.length;
  }

  /**
   * Adds an item or changes its vector, whose length tells nothing.
   *
   * @throws {SearchError} `bad-vector`
   */
  setItem(item: ItemId, vector: ArrayLike<number>): void {
    const unit = this.#unitOf(vector);
    let row = this.#rows.get(item);
    if (row === undefined) {
      row = this.#items.length;
      this.#reserve(row + 1);
      this.#items.push(item);
      this.#rows.set(item, row);
    }
    this.#vectorOf(row).set(unit);
    const codes = this.#codesOf(row);
    const step = quantize(unit, ITEM_STEPS, codes);
    this.#steps[row] = step;
    this.#losses[row] = lossOf(unit, step, codes);
  }

  /** A unit vector of its own; undefined where the item has none. */
  vectorOf(item: ItemId): Float32Array | undefined {
    const row = this.#rows.get(item);
    return row === undefined ? undefined : this.#vectorOf(row).slice();
  }

  removeItem(item: ItemId): void {
    const row = this.#rows.get(item);
    if (row === undefined) return;
    const last = this.#items.length - 1;
    const moved = this.#items[last] as ItemId;
    this.#vectorOf(row).set(this.#vectorOf(last));
    this.#codesOf(row).set(this.#codesOf(last));
    this.#steps[row] = this.#steps[last] as number;
    this.#losses[row] = this.#losses[last] as number;
    this.#items[row] = moved;
    this.#rows.set(moved, row);
    this.#items.pop();
    this.#rows.delete(item);
    if (last % BLOCK === 0) this.#blocks.pop();
  }

  /**
   * The items of the greatest cosines, which are the scores, best first.
   *
   * @param accepts which items may be found
   * @throws {SearchError} `bad-vector`
   */
  nearest(vector: ArrayLike<number>, limit: number, accepts: (item: ItemId) => boolean = () => true): ScoredItem[] {
    const query = this.#unitOf(vector);
    const size = this.#items.length;
    const queryLoss = this.#scoreAll(query);
    const margin = (row: number): number => {
      const loss = this.#losses[row] as number;
      return loss + (1 + loss) * queryLoss + ROUNDING;
    };
    const lowest = new Best(limit);
    for (let row = 0; row < size; row++) {
      const score = (this.#scores[row] as number) - margin(row);
      if (score > lowest.threshold && accepts(this.#items[row] as ItemId)) lowest.offer(row, score);
    }
    const { threshold } = lowest;
    const best = new Best(limit);
    for (let row = 0; row < size; row++) {
      if ((this.#scores[row] as number) + margin(row) < threshold || !accepts(this.#items[row] as ItemId)) continue;
      best.offer(row, dot(query, this.#vectorOf(row)));
    }
    return best.sorted().map(({ id, score }) => ({ item: this.#items[id] as ItemId, score }));
  }

  /** By their codes, into the scores; gives the length of what the query's codes leave out. */
  #scoreAll(query: Float32Array): number {
    const { memory, dot: dots } = this.#kernel;
    const codes = new Int16Array(memory.buffer, 0, this.#width);
    const queryStep = quantize(query, this.#querySteps, codes);
    const products = new Int32Array(memory.buffer, this.#dotsAt, BLOCK);
    for (let start = 0; start < this.#items.length; start += BLOCK) {
      const rows = Math.min(BLOCK, this.#items.length - start);
      dots(this.#codesAt + start * this.#width, rows, this.#width, 0, this.#dotsAt);
      for (let at = 0; at < rows; at++) {
        this.#scores[start + at] = (products[at] as number) * queryStep * (this.#steps[start + at] as number);
      }
    }
    return lossOf(query, queryStep, codes);
  }

  #unitOf(vector: ArrayLike<number>): Float32Array {
    if (vector.length !== this.dimensions) {
      throw new SearchError('bad-vector', `A vector has ${this.dimensions} numbers here, not ${vector.length}.`);
    }
    let squares = 0;
    for (let at = 0; at < vector.length; at++) squares += (vector[at] as number) ** 2;
    const length = Math.sqrt(squares);
    if (!Number.isFinite(length) || length === 0) {
      throw new SearchError('bad-vector', `A vector of length ${length} points nowhere; leave it out.`);
    }
    return Float32Array.from(vector, (value) => value / length);
  }

  #vectorOf(row: number): Float32Array {
    const at = (row % BLOCK) * this.dimensions;
    return (this.#blocks[Math.floor(row / BLOCK)] as Float32Array).subarray(at, at + this.dimensions);
  }

  #codesOf(row: number): Int8Array {
    return new Int8Array(this.#kernel.memory.buffer, this.#codesAt + row * this.#width, this.#width);
  }

  #reserve(rows: number): void {
    if (rows > this.#blocks.length * BLOCK) this.#blocks.push(new Float32Array(BLOCK * this.dimensions));
    if (rows > this.#steps.length) {
      this.#steps = longer(this.#steps);
      this.#losses = longer(this.#losses);
      this.#scores = new Float32Array(this.#steps.length);
    }
    const { memory } = this.#kernel;
    const missing = this.#codesAt + rows * this.#width - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(Math.max(missing, memory.buffer.byteLength / 2) / PAGE_BYTES));
  }
}

/** Writes whole numbers of so many steps at most, and gives what a step is worth. */
const quantize = (values: Float32Array, steps: number, codes: Int8Array | Int16Array): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  const step = Math.fround(most / steps);
  for (let at = 0; at < values.length; at++) codes[at] = Math.round((values[at] as number) / step);
  return step;
};

/** Length of the difference between values and what their codes say. */
const lossOf = (values: Float32Array, step: number, codes: Int8Array | Int16Array): number => {
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += ((values[at] as number) - step * (codes[at] as number)) ** 2;
  return Math.sqrt(squares);
};

const dot = (left: Float32Array, right: Float32Array): number => {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] as number) * (right[at] as number);
  return sum;
};

const longer = (array: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => {
  const result = new Float32Array(2 * array.length);
  result.set(array);
  return result;
};
