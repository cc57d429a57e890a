import type { Corpus, Sentence } from '../text/corpus.js';
import { END } from '../text/vocabulary.js';
import { rowsOf } from './next-word-model.js';

/** Rows that are looked at together: 20 MB a model with 10,000 words. */
const ROWS = 512;

/** A corpus' sentences in groups of at most {@link ROWS} predictions each, or of one longer sentence. */
export function* sentenceChunks(corpus: Corpus): Generator<readonly Sentence[], void, undefined> {
  let chunk: Sentence[] = [];
  let rows = 0;
  for (const sentence of corpus.sentences()) {
    if (rows > 0 && rows + sentence.length + 1 > ROWS) {
      yield chunk;
      chunk = [];
      rows = 0;
    }
    chunk.push(sentence);
    rows += sentence.length + 1;
  }
  if (rows > 0) yield chunk;
}

/** What comes next at each row: the sentences' words and ends. */
export const targetsOf = (sentences: readonly Sentence[]): Uint16Array => {
  const targets = new Uint16Array(rowsOf(sentences));
  let row = 0;
  for (const sentence of sentences) {
    targets.set(sentence, row);
    row += sentence.length + 1;
    targets[row - 1] = END;
  }
  return targets;
};

/** One array for all chunks, as long as the longest that came. */
export class RowBuffer {
  #values = new Float32Array(0);

  /** [rows, width] */
  take(rows: number, width: number): Float32Array {
    if (this.#values.length < rows * width) this.#values = new Float32Array(rows * width);
    return this.#values.subarray(0, rows * width);
  }
}
