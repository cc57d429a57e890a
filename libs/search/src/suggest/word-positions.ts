/** Characters of a text are numbered below this, a power of two. */
export const MAX_TEXT_LENGTH = 512;
const TEXT_SHIFT = Math.log2(MAX_TEXT_LENGTH);
const CHUNK = 1024;

/**
 * Every word of every text, in the order of what can be read from that word on: a suffix array by words. All texts that go on with a
 * prefix, at their start or inside, are one span of it. Kept in sorted chunks, so that a text comes and goes without a rebuild.
 *
 * A position is one number: that of the text times {@link MAX_TEXT_LENGTH}, and the word's first character.
 */
export class WordPositions {
  /** Sorted, as each is; none is empty. */
  readonly #chunks: Uint32Array[] = [];
  readonly #lengths: number[] = [];
  #size = 0;

  /** @param texts by their number; words are parted by one space. A text must not change while its positions are here. */
  constructor(private readonly texts: readonly string[]) {}

  get size(): number {
    return this.#size;
  }

  addText(text: number): void {
    for (const position of this.#positionsOf(text)) this.#insert(position);
  }

  removeText(text: number): void {
    for (const position of this.#positionsOf(text)) this.#delete(position);
  }

  /** How many positions go on with a prefix. */
  count(prefix: string): number {
    const from = this.#firstNotBefore(prefix);
    const to = this.#firstAfter(prefix);
    if (from.chunk === to.chunk) return to.at - from.at;
    let count = (this.#lengths[from.chunk] as number) - from.at + to.at;
    for (let chunk = from.chunk + 1; chunk < to.chunk; chunk++) count += this.#lengths[chunk] as number;
    return count;
  }

  /** In their order. */
  forEach(prefix: string, visit: (position: number) => void): void {
    const from = this.#firstNotBefore(prefix);
    const to = this.#firstAfter(prefix);
    for (let chunk = from.chunk; chunk <= to.chunk && chunk < this.#chunks.length; chunk++) {
      const positions = this.#chunks[chunk] as Uint32Array;
      const end = chunk === to.chunk ? to.at : (this.#lengths[chunk] as number);
      for (let at = chunk === from.chunk ? from.at : 0; at < end; at++) visit(positions[at] as number);
    }
  }

  /** The characters that follow a prefix somewhere, each once, at most so many. */
  nextCharacters(prefix: string, limit: number): string[] {
    const characters: string[] = [];
    // No character of a text comes before the space: what ends with the prefix is skipped.
    let place = this.#firstNotBefore(`${prefix} `);
    while (characters.length < limit && place.chunk < this.#chunks.length) {
      const position = (this.#chunks[place.chunk] as Uint32Array)[place.at] as number;
      if (this.#compareTo(prefix, position) !== 0) break;
      const text = this.texts[textOf(position)] as string;
      const character = text[startOf(position) + prefix.length] as string;
      characters.push(character);
      place = this.#firstAfter(prefix + character);
    }
    return characters;
  }

  *#positionsOf(text: number): Generator<number, void, undefined> {
    const characters = this.texts[text] as string;
    for (let start = 0; ;) {
      yield text * MAX_TEXT_LENGTH + start;
      const space = characters.indexOf(' ', start);
      if (space < 0) return;
      start = space + 1;
    }
  }

  #insert(position: number): void {
    this.#size += 1;
    if (this.#chunks.length === 0) {
      this.#chunks.push(new Uint32Array(CHUNK));
      this.#lengths.push(0);
    }
    const { chunk, at } = this.#first((other) => this.#compare(other, position) > 0, true);
    const positions = this.#chunks[chunk] as Uint32Array;
    const length = this.#lengths[chunk] as number;
    positions.copyWithin(at + 1, at, length);
    positions[at] = position;
    this.#lengths[chunk] = length + 1;
    if (length + 1 < CHUNK) return;
    const half = CHUNK / 2;
    const second = new Uint32Array(CHUNK);
    second.set(positions.subarray(half));
    this.#chunks.splice(chunk + 1, 0, second);
    this.#lengths.splice(chunk, 1, half, half);
  }

  #delete(position: number): void {
    this.#size -= 1;
    const { chunk, at } = this.#first((other) => this.#compare(other, position) >= 0, false);
    const positions = this.#chunks[chunk] as Uint32Array;
    const length = (this.#lengths[chunk] as number) - 1;
    positions.copyWithin(at, at + 1, length + 1);
    this.#lengths[chunk] = length;
    if (length > 0) return;
    this.#chunks.splice(chunk, 1);
    this.#lengths.splice(chunk, 1);
  }

  #firstNotBefore(prefix: string): Place {
    return this.#first((position) => this.#compareTo(prefix, position) >= 0, false);
  }

  #firstAfter(prefix: string): Place {
    return this.#first((position) => this.#compareTo(prefix, position) > 0, false);
  }

  /** The first place whose position passes a test that all later ones pass, too. @param inside stay at a chunk's end rather than begin the next */
  #first(passes: (position: number) => boolean, inside: boolean): Place {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (passes((this.#chunks[middle] as Uint32Array)[0] as number)) high = middle;
      else low = middle + 1;
    }
    // The chunk before may end with some that pass.
    const chunk = Math.max(0, low - 1);
    const positions = this.#chunks[chunk];
    if (positions === undefined) return { chunk: 0, at: 0 };
    const length = this.#lengths[chunk] as number;
    low = 0;
    high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (passes(positions[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low < length || inside ? { chunk, at: low } : { chunk: chunk + 1, at: 0 };
  }

  /** Below 0 where what is read from a position comes before the prefix, 0 where it goes on with it. */
  #compareTo(prefix: string, position: number): number {
    const text = this.texts[textOf(position)] as string;
    const start = startOf(position);
    for (let at = 0; at < prefix.length; at++) {
      // Beyond a text's end it is NaN, which is unequal and not above.
      const character = text.charCodeAt(start + at);
      if (character !== prefix.charCodeAt(at)) return character > prefix.charCodeAt(at) ? 1 : -1;
    }
    return 0;
  }

  #compare(left: number, right: number): number {
    const a = this.texts[textOf(left)] as string;
    const b = this.texts[textOf(right)] as string;
    let i = startOf(left);
    let j = startOf(right);
    while (i < a.length && j < b.length) {
      const difference = a.charCodeAt(i++) - b.charCodeAt(j++);
      if (difference !== 0) return difference;
    }
    return a.length - i - (b.length - j) || left - right;
  }
}

interface Place {
  readonly chunk: number;
  readonly at: number;
}

/** Number of the text that a position is in. */
export const textOf = (position: number): number => position >>> TEXT_SHIFT;
/** First character of the word at a position. */
export const startOf = (position: number): number => position & (MAX_TEXT_LENGTH - 1);
