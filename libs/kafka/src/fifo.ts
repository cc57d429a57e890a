/** A queue whose head is taken off without moving the rest. */
export class Fifo<Item> {
  readonly #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    // What was taken must not live on until the array is trimmed.
    this.#items[this.#head] = undefined;
    this.#head++;
    if (this.#head === this.#items.length || (this.#head >= 1_024 && this.#head * 2 >= this.#items.length)) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Puts items in front, in their order. */
  putBack(items: readonly Item[]): void {
    this.#items.splice(0, this.#head, ...items);
    this.#head = 0;
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }
}
