import { END } from '../text/vocabulary.js';

/** The n-grams of one length that a text has, sorted by their words: those with the same first words stand together. */
export interface CountedLevel {
  /** Last word of each. */
  readonly words: Uint16Array;
  /** What Kneser-Ney takes for its count (see {@link countNGrams}). */
  readonly counts: Uint32Array;
  /** [n-grams + 1]: n-gram i begins those of the next length from children[i] to children[i + 1]; empty for the longest. */
  readonly children: Uint32Array;
}

/**
 * Counts all n-grams of 1 to `order` words. The longest, and those that start with a sentence, have the number of their
 * occurrences; the others the number of different words that they follow (Chen & Goodman 1999, section 4.1.6, with KenLM's treatment of
 * sentence starts). There is an n-gram of length 1 for every word of the vocabulary.
 *
 * Each length is one stable counting sort of the positions by their next word within the groups of the length before, so the time is
 * linear in the text.
 *
 * @param ids sentences, each between two {@link END}s. As the first word of an n-gram it is a sentence's start, as the last its end
 */
export const countNGrams = (ids: Uint16Array, vocabularySize: number, order: number): readonly CountedLevel[] => {
  const positions = ids.length;
  const byWord = new Uint32Array(positions);
  let starts = groupStarts(ids, vocabularySize);
  const place = starts.slice();
  for (let at = 0; at < positions; at++) {
    const word = ids[at] as number;
    const to = place[word] as number;
    byWord[to] = at;
    place[word] = to + 1;
  }

  const levels: CountedLevel[] = [];
  let words: Uint16Array = Uint16Array.from({ length: vocabularySize }, (_, word) => word);
  // How often the n-gram occurs; where it stands for the first time; and of each position which n-gram begins there, -1 for none.
  let occurrences = starts.subarray(1).map((end, word) => end - (starts[word] as number));
  let examples = new Uint32Array(0);
  let nGramAt = Int32Array.from(ids);
  // The first start of a sentence is nobody's end.
  occurrences[END] = (occurrences[END] as number) - 1;

  for (let length = 1; length < order; length++) {
    const longer = extend(ids, byWord, nGramAt, starts, length);
    const counts = new Uint32Array(words.length);
    for (const example of longer.examples) {
      const tail = nGramAt[example + 1] as number;
      counts[tail] = (counts[tail] as number) + 1;
    }
    for (let nGram = 0; nGram < examples.length; nGram++) {
      if (ids[examples[nGram] as number] === END) counts[nGram] = occurrences[nGram] as number;
    }
    levels.push({ words, counts, children: longer.children });
    ({ words, occurrences, examples, nGramAt, starts } = longer);
  }
  levels.push({ words, counts: occurrences, children: new Uint32Array(0) });
  return levels;
};

/** [groups + 1]: where the positions of each word start when they are sorted by word. */
const groupStarts = (ids: Uint16Array, vocabularySize: number): Uint32Array<ArrayBuffer> => {
  const starts = new Uint32Array(vocabularySize + 1);
  for (const id of ids) starts[id + 1] = (starts[id + 1] as number) + 1;
  for (let word = 0; word < vocabularySize; word++) {
    starts[word + 1] = (starts[word + 1] as number) + (starts[word] as number);
  }
  return starts;
};

/**
 * The n-grams that are one word longer.
 *
 * @param byWord all positions, sorted by their word
 * @param nGramAt which n-gram of `length` words begins at a position, -1 for none
 * @param starts [n-grams + 1] where the positions of each n-gram start when they are sorted by it
 */
const extend = (ids: Uint16Array, byWord: Uint32Array, nGramAt: Int32Array, starts: Uint32Array, length: number) => {
  const shorter = starts.length - 1;
  const ends = starts.slice(0, shorter);
  const sorted = new Uint32Array(ids.length);
  let extended = 0;
  for (const next of byWord) {
    const position = next - length;
    if (position < 0) continue;
    const nGram = nGramAt[position] as number;
    // A sentence's end has no next word; as a first word it is a start.
    if (nGram < 0 || (length > 1 && ids[next - 1] === END)) continue;
    const to = ends[nGram] as number;
    sorted[to] = position;
    ends[nGram] = to + 1;
    extended += 1;
  }

  const words = new Uint16Array(extended);
  const occurrences = new Uint32Array(extended);
  const examples = new Uint32Array(extended);
  const children = new Uint32Array(shorter + 1);
  const longerAt = new Int32Array(ids.length).fill(-1);
  const longerStarts = new Uint32Array(extended + 1);
  let found = 0;
  let seen = 0;
  for (let nGram = 0; nGram < shorter; nGram++) {
    let last = -1;
    for (let at = starts[nGram] as number; at < (ends[nGram] as number); at++) {
      const position = sorted[at] as number;
      const word = ids[position + length] as number;
      if (word !== last) {
        words[found] = word;
        examples[found] = position;
        longerStarts[found] = seen;
        found += 1;
        last = word;
      }
      occurrences[found - 1] = (occurrences[found - 1] as number) + 1;
      longerAt[position] = found - 1;
      seen += 1;
    }
    children[nGram + 1] = found;
  }
  longerStarts[found] = seen;
  return {
    words: words.slice(0, found),
    occurrences: occurrences.slice(0, found),
    examples: examples.slice(0, found),
    children,
    nGramAt: longerAt,
    starts: longerStarts.slice(0, found + 1),
  };
};
