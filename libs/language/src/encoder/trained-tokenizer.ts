import type { Tensors } from '@offerstream/onnx-runtime';
import { z } from 'zod';
import { LanguageError } from '../errors.js';
import { titleTokenizer } from '../text/tokenizers.js';
import { UNKNOWN, Vocabulary } from '../text/vocabulary.js';
import { encodedBatch, textPieces, type EncodedText, type EncoderTokenizer } from './encoder-tokenizer.js';

/** Lengths of the character n-grams, the word's edges counted. */
const SHORTEST = 3;
const LONGEST = 5;
/** Ids of a text at most: about 340 characters, of which each begins three n-grams. */
const MAX_IDS = 1_024;
const MAX_BUCKETS = 1 << 20;

const fileSchema = z.strictObject({
  kind: z.literal('words-and-hashed-n-grams'),
  words: z.array(z.string()),
  buckets: z.int().min(1).max(MAX_BUCKETS),
});

/**
 * The tokenizer of an encoder that is trained here. A word is its own id, where the vocabulary has it, and its character n-grams,
 * hashed into a bounded number of buckets, so that a word that nobody has seen and one that is misspelt have a vector too (Bojanowski,
 * Grave, Joulin, Mikolov, "Enriching Word Vectors with Subword Information", TACL 2017, section 3.2).
 *
 * Ids are those of the vocabulary and, behind them, the buckets. A text without any word is {@link UNKNOWN}.
 */
export class TrainedTokenizer implements EncoderTokenizer {
  constructor(
    readonly vocabulary: Vocabulary,
    readonly buckets: number,
  ) {}

  /**
   * @param json content of an `encoder.json`
   * @param path of the file, for errors
   * @throws {LanguageError} `model-unusable`
   */
  static parse(json: string, path = 'This'): TrainedTokenizer {
    try {
      const { words, buckets } = fileSchema.parse(JSON.parse(json));
      return new TrainedTokenizer(new Vocabulary(words), buckets);
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new LanguageError('model-unusable', `${path} is no encoder.json that can be read: ${reason}`, error);
    }
  }

  /** Ids there are. */
  get size(): number {
    return this.vocabulary.size + this.buckets;
  }

  /** Content of the `encoder.json` that {@link parse} reads. */
  toJson(): string {
    const file: z.input<typeof fileSchema> = {
      kind: 'words-and-hashed-n-grams',
      words: [...this.vocabulary.words],
      buckets: this.buckets,
    };
    return `${JSON.stringify(file)}\n`;
  }

  encode(text: string): EncodedText {
    const ids: number[] = [];
    let tokens = 0;
    for (const word of wordsOf(text)) {
      if (ids.length >= MAX_IDS) break;
      tokens += 1;
      ids.push(...this.#idsOf(word));
    }
    return { ids: ids.length === 0 ? [UNKNOWN] : ids.slice(0, MAX_IDS), tokens };
  }

  batch(encoded: readonly EncodedText[]): Tensors {
    return encodedBatch(encoded, UNKNOWN);
  }

  #idsOf(word: string): readonly number[] {
    const own = this.vocabulary.idOf(word);
    const hashes = nGramHashes(word).map((hash) => this.vocabulary.size + (hash % this.buckets));
    return own === UNKNOWN ? hashes : [own, ...hashes];
  }
}

function* wordsOf(text: string): Generator<string> {
  for (const piece of textPieces(text)) yield* titleTokenizer(piece);
}

/** The hashes of a word's n-grams, those at its edges marked as such, in the order in which they begin. */
export const nGramHashes = (word: string): readonly number[] => {
  const characters = Array.from(`<${word}>`);
  const hashes: number[] = [];
  for (let start = 0; start + SHORTEST <= characters.length; start++) {
    let hash = FNV_OFFSET;
    for (let at = start; at < Math.min(start + LONGEST, characters.length); at++) {
      hash = Math.imul(hash ^ (characters[at]?.codePointAt(0) ?? 0), FNV_PRIME);
      if (at - start + 1 >= SHORTEST) hashes.push(mixed(hash));
    }
  }
  return hashes;
};

/** FNV-1a (Fowler, Noll, Vo) over code points. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Lets every bit depend on every other, since buckets are told apart by the last ones (the end of MurmurHash3). */
const mixed = (hash: number): number => {
  let mix = hash ^ (hash >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
};
