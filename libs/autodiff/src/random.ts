/**
 * Uniform numbers in [0, 1), the same for the same seed (Mulberry32). Its whole state is one number, so that what follows can be
 * saved beside a checkpoint and taken up again.
 */
export class SeededRandom {
  #state: number;

  /** @param state a seed, or the {@link SeededRandom.state} of another one */
  constructor(state: number) {
    this.#state = state >>> 0;
  }

  get state(): number {
    return this.#state;
  }

  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
