import type { Words } from '../text/words.js';
import { MAX_TEXT_LENGTH, WordPositions } from './word-positions.js';

/** Distinct texts by number, with the positions of their words. Numbers of forgotten texts are given to later ones. */
export class TextTable {
  /** Lower case, without accents, words parted by one space. */
  readonly #folded: string[] = [];
  /** As it is shown; the same words one to one. */
  readonly #shown: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  readonly positions = new WordPositions(this.#folded);

  get size(): number {
    return this.#numbers.size;
  }

  find(folded: string): number | undefined {
    return this.#numbers.get(folded);
  }

  foldedOf(number: number): string {
    return this.#folded[number] as string;
  }

  /** The number of a text that is there or is put there; undefined for one without words. Words that are too many are left out. */
  put({ shown, folded }: Words): number | undefined {
    let words = 0;
    for (let length = -1; words < folded.length; words++) {
      length += 1 + (folded[words] as string).length;
      if (length >= MAX_TEXT_LENGTH) break;
    }
    if (words === 0) return undefined;
    const text = folded.slice(0, words).join(' ');
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#folded.length;
    const display = shown.slice(0, words).join(' ');
    this.#folded[number] = text;
    // One string where both are equal.
    this.#shown[number] = display === text ? text : display;
    this.#numbers.set(text, number);
    this.positions.addText(number);
    return number;
  }

  remove(number: number): void {
    this.positions.removeText(number);
    this.#numbers.delete(this.foldedOf(number));
    this.#folded[number] = '';
    this.#shown[number] = '';
    this.#free.push(number);
  }

  /** Part of a text as it is shown. @param start @param end characters of the folded text, at the borders of words */
  shownPart(number: number, start: number, end: number): string {
    const folded = this.foldedOf(number);
    const shown = this.#shown[number] as string;
    if (shown === folded) return shown.slice(start, end);
    const first = wordCount(folded.slice(0, start));
    return shown
      .split(' ')
      .slice(first, first + wordCount(folded.slice(start, end)))
      .join(' ');
  }
}

const wordCount = (text: string): number => text.split(' ').filter((word) => word !== '').length;
