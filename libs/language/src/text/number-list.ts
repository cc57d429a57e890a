/** A list of unsigned 32-bit numbers that grows without boxing them. */
export class NumberList {
  #numbers = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Uint32Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }

  /** A view of the numbers; valid until the next push. */
  view(): Uint32Array {
    return this.#numbers.subarray(0, this.#length);
  }
}
