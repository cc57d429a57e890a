/** Splits a text into words. The same text gives the same words, and white space alone gives none. */
export type Tokenizer = (text: string) => string[];

/** Words as white space separates them: for text whose punctuation was split off beforehand, as corpora have it. */
export const spaceTokenizer =
  ({ lowerCase }: { readonly lowerCase: boolean }): Tokenizer =>
  (text) =>
    (lowerCase ? text.toLowerCase() : text).match(/[^\s\p{Cc}]+/gu) ?? [];

/** Letters and digits, joined by a sign that belongs to the word: "t-light", "children's", "m&s", "1.5l", "1,000". */
const TITLE_WORD = /[\p{L}\p{M}\p{N}]+(?:(?:['.&-]|(?<=\p{N}),(?=\p{N}))[\p{L}\p{M}\p{N}]+)*/gu;

/** Words of product titles, queries and other text as people type it: lower case, without punctuation, in Unicode's form NFKC. */
export const titleTokenizer: Tokenizer = (text) =>
  text.normalize('NFKC').toLowerCase().replaceAll('’', "'").match(TITLE_WORD) ?? [];

/** Tokenizers by the names under which models remember theirs. */
export const TOKENIZERS = {
  space: spaceTokenizer({ lowerCase: false }),
  'space-lower-case': spaceTokenizer({ lowerCase: true }),
  title: titleTokenizer,
} as const satisfies Readonly<Record<string, Tokenizer>>;
export type TokenizerName = keyof typeof TOKENIZERS;
