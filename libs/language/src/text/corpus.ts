import { END, type Vocabulary } from './vocabulary.js';
import type { WordLines } from './word-lines.js';

/** Word ids of a sentence, without its end. */
export type Sentence = Uint16Array;

/** Sentences as one row of ids. */
export class Corpus {
  /** @param ids every sentence between two {@link END}s: the first stands before the first sentence */
  private constructor(readonly ids: Uint16Array) {}

  /** The sentences of chosen lines; lines without words are none. */
  static ofLines(text: WordLines, vocabulary: Vocabulary, chosen: (line: number) => boolean): Corpus {
    const idOf = Uint16Array.from(text.words, (word) => vocabulary.idOf(word));
    const ids = new Uint16Array(text.tokens.length + text.starts.length);
    ids[0] = END;
    let length = 1;
    for (let line = 0; line + 1 < text.starts.length; line++) {
      const start = text.starts[line] as number;
      const end = text.starts[line + 1] as number;
      if (start === end || !chosen(line)) continue;
      for (let at = start; at < end; at++) ids[length++] = idOf[text.tokens[at] as number] as number;
      ids[length++] = END;
    }
    return new Corpus(ids.slice(0, length));
  }

  static ofSentences(sentences: Iterable<ArrayLike<number>>): Corpus {
    const ids = [END];
    for (const sentence of sentences) {
      for (let at = 0; at < sentence.length; at++) ids.push(sentence[at] as number);
      ids.push(END);
    }
    return new Corpus(Uint16Array.from(ids));
  }

  /** Its sentences, and those of another after them. */
  followedBy(other: Corpus): Corpus {
    const ids = new Uint16Array(this.ids.length + other.predictions);
    ids.set(this.ids);
    ids.set(other.ids.subarray(1), this.ids.length);
    return new Corpus(ids);
  }

  /** Words and sentence ends: what a model of it is asked to predict. */
  get predictions(): number {
    return this.ids.length - 1;
  }

  /** Every n-th sentence, so many that about `predictions` are left at most; the corpus itself where it has no more. */
  thinned(predictions: number): Corpus {
    const each = Math.ceil(this.predictions / predictions);
    if (each <= 1) return this;
    return Corpus.ofSentences([...this.sentences()].filter((_, index) => index % each === 0));
  }

  *sentences(): Generator<Sentence, void, undefined> {
    for (let start = 1; start < this.ids.length;) {
      const end = this.ids.indexOf(END, start);
      yield this.ids.subarray(start, end);
      start = end + 1;
    }
  }
}
