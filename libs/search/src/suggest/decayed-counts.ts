/** Powers of two are exact up to here; older counts are scaled down before. */
const MAX_EXPONENT = 500;

/**
 * Counts that halve with time, by forward decay (Cormode et al. 2009): what comes later is added with a greater weight, so that no count
 * has to be touched as time goes by and the order of counts is that of their stored weights.
 */
export class DecayedCounts {
  #weights = new Float64Array(1024);
  #landmarkMs: number | undefined;

  constructor(private readonly halfLifeMs: number) {}

  /** Comparable with other weights of the same moment. */
  weightOf(id: number): number {
    return this.#weights[id] ?? 0;
  }

  add(id: number, atMs: number): void {
    this.#landmarkMs ??= atMs;
    if ((atMs - this.#landmarkMs) / this.halfLifeMs > MAX_EXPONENT) this.#moveLandmark(atMs);
    if (id >= this.#weights.length) {
      const longer = new Float64Array(Math.max(id + 1, 2 * this.#weights.length));
      longer.set(this.#weights);
      this.#weights = longer;
    }
    this.#weights[id] = this.weightOf(id) + 2 ** ((atMs - this.#landmarkMs) / this.halfLifeMs);
  }

  reset(id: number): void {
    if (id < this.#weights.length) this.#weights[id] = 0;
  }

  /** What a weight of 1 counts at a moment. */
  scaleAt(atMs: number): number {
    return this.#landmarkMs === undefined ? 1 : 2 ** ((this.#landmarkMs - atMs) / this.halfLifeMs);
  }

  #moveLandmark(toMs: number): void {
    const scale = this.scaleAt(toMs);
    for (let id = 0; id < this.#weights.length; id++) this.#weights[id] = (this.#weights[id] as number) * scale;
    this.#landmarkMs = toMs;
  }
}
