/** The k numbers that score best, found while they come by: a heap whose root is the worst that is kept. */
export class Best {
  readonly #ids: Float64Array;
  readonly #scores: Float64Array;
  #length = 0;

  constructor(private readonly k: number) {
    this.#ids = new Float64Array(k);
    this.#scores = new Float64Array(k);
  }

  get length(): number {
    return this.#length;
  }

  /** A score that is not above it changes nothing; -Infinity until k are there. */
  get threshold(): number {
    return this.#length < this.k ? -Infinity : (this.#scores[0] ?? Infinity);
  }

  /** One that scores as the worst that is kept does not replace it. */
  offer(id: number, score: number): void {
    if (!(score > this.threshold)) return;
    let at = 0;
    if (this.#length < this.k) {
      at = this.#length++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if ((this.#scores[parent] as number) <= score) break;
        this.#move(parent, at);
        at = parent;
      }
    } else {
      for (;;) {
        let child = 2 * at + 1;
        if (child >= this.#length) break;
        if (child + 1 < this.#length && (this.#scores[child + 1] as number) < (this.#scores[child] as number)) child++;
        if ((this.#scores[child] as number) >= score) break;
        this.#move(child, at);
        at = child;
      }
    }
    this.#ids[at] = id;
    this.#scores[at] = score;
  }

  /** Best first, among equal ones the lower id. */
  sorted(): { readonly id: number; readonly score: number }[] {
    return Array.from({ length: this.#length }, (_, at) => ({
      id: this.#ids[at] as number,
      score: this.#scores[at] as number,
    })).sort((a, b) => b.score - a.score || a.id - b.id);
  }

  #move(from: number, to: number): void {
    this.#ids[to] = this.#ids[from] as number;
    this.#scores[to] = this.#scores[from] as number;
  }
}
