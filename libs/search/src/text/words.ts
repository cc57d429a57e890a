import { titleTokenizer } from '@offerstream/language';

/** Characters of a text that are looked at; a title has at most 500. */
const MAX_TEXT_CHARACTERS = 1000;
/** Words of a text that are looked at. */
export const MAX_WORDS = 32;
/** Of one word: longer ones are serial numbers and noise, and their beginning is enough to find them. */
const MAX_WORD_CHARACTERS = 64;

/** A text's words, one to one in two spellings. */
export interface Words {
  /** As people see them: lower case. */
  readonly shown: readonly string[];
  /** As they are compared: without accents, too. */
  readonly folded: readonly string[];
}

/** Letters that Unicode does not decompose and people type without their strokes. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};
const UNDECOMPOSED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');
/** Accents of Latin, Greek and Cyrillic. The vowel signs of other scripts are marks, too, and tell words apart. */
const ACCENTS = /[\u0300-\u036f]/gu;
const ASCII = /^[\x20-\x7f]*$/u;

/** Words of a title or a query. However long the text is, the work and the result are bounded. */
export const wordsOf = (text: string): Words => {
  const shown: string[] = [];
  const folded: string[] = [];
  for (const word of titleTokenizer(text.trimStart().slice(0, MAX_TEXT_CHARACTERS))) {
    if (shown.length === MAX_WORDS) break;
    const cut = word.slice(0, MAX_WORD_CHARACTERS);
    const plain = foldWord(cut);
    if (plain === '') continue;
    shown.push(cut);
    folded.push(plain);
  }
  return { shown, folded };
};

const foldWord = (word: string): string =>
  ASCII.test(word)
    ? word
    : word
        .normalize('NFKD')
        .replace(ACCENTS, '')
        .replace(UNDECOMPOSED, (letter) => LETTERS[letter] ?? letter);
