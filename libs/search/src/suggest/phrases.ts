/** Words that a phrase goes on beyond the one that is typed. */
const PHRASE_WORDS = 3;
/** Texts behind a phrase that are remembered: a shopper's taste for the first ones tells enough. */
const MAX_TEXTS = 8;

/** What texts have in common from the typed prefix on. */
export interface Phrase {
  readonly folded: string;
  readonly shown: string;
  /** Times that it was added. */
  readonly matches: number;
  /** Of the texts that it stands in. */
  readonly weight: number;
  /** Some of them, those that came first. */
  readonly texts: readonly number[];
}

/** Where a text goes on with what was typed. */
export interface Match {
  readonly text: number;
  readonly folded: string;
  readonly start: number;
  /** Characters that are typed. */
  readonly length: number;
  readonly weight: number;
}

interface CountedPhrase extends Phrase {
  matches: number;
  weight: number;
  readonly texts: number[];
  /** One word longer, or to the text's end; one of several. */
  longer: CountedPhrase | undefined;
}

/**
 * Phrases of matching texts: from the first typed word to the end of the word that is typed, to the three ends of words after it, and to
 * the text's end.
 */
export class Phrases {
  readonly #phrases = new Map<string, CountedPhrase>();

  /**
   * @param beside words that were typed before the phrase: it repeats none of them
   * @param shownPart see `TextTable`
   */
  constructor(
    private readonly beside: readonly { readonly shown: string; readonly folded: string }[],
    private readonly shownPart: (text: number, start: number, end: number) => string,
  ) {}

  /** Takes the heaviest texts first. */
  add({ text, folded, start, length, weight }: Match): void {
    let shorter: CountedPhrase | undefined;
    for (const end of this.#endsOf(folded, start, start + length)) {
      const phrase = this.#phrase(text, folded, start, end);
      phrase.matches += 1;
      phrase.weight += weight;
      if (phrase.texts.length < MAX_TEXTS) phrase.texts.push(text);
      if (shorter !== undefined) shorter.longer = phrase;
      shorter = phrase;
    }
  }

  /** Those that end somewhere or go on in several ways: one that always goes on in the same way is left out for the longer one. */
  *closed(): Generator<Phrase, void, undefined> {
    for (const phrase of this.#phrases.values()) if (phrase.longer?.matches !== phrase.matches) yield phrase;
  }

  *#endsOf(folded: string, start: number, typedEnd: number): Generator<number, void, undefined> {
    const repeats = (from: number, to: number): boolean =>
      this.beside.some((word) => word.folded === folded.slice(from, to));
    let end = endOfWord(folded, typedEnd);
    if (repeats(start, end)) return;
    yield end;
    for (let words = 0; words < PHRASE_WORDS && end < folded.length; words++) {
      const next = endOfWord(folded, end + 1);
      if (repeats(end + 1, next)) return;
      end = next;
      yield end;
    }
    if (end < folded.length && this.beside.length === 0) yield folded.length;
  }

  #phrase(text: number, folded: string, start: number, end: number): CountedPhrase {
    const key = folded.slice(start, end);
    let phrase = this.#phrases.get(key);
    if (phrase === undefined) {
      const part = this.shownPart(text, start, end);
      phrase = {
        folded: [...this.beside.map((word) => word.folded), key].join(' '),
        shown: [...this.beside.map((word) => word.shown), part].join(' '),
        matches: 0,
        weight: 0,
        texts: [],
        longer: undefined,
      };
      this.#phrases.set(key, phrase);
    }
    return phrase;
  }
}

const endOfWord = (text: string, from: number): number => {
  const space = text.indexOf(' ', from);
  return space < 0 ? text.length : space;
};
