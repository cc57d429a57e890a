import { Tokenizer } from '@huggingface/tokenizers';
import type { Tensors } from '@offerstream/onnx-runtime';
import { z } from 'zod';
import { LanguageError } from '../errors.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';

/** What is used of the package. Its own declarations import each other in a way that TypeScript does not follow in a module. */
interface PackageTokenizer {
  encode(text: string, options?: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
}
const PackageTokenizer = Tokenizer as unknown as new (file: object, config: object) => PackageTokenizer;

const fileSchema = z.looseObject({
  model: z.looseObject({ vocab: z.union([z.record(z.string(), z.int()), z.array(z.unknown())]) }),
  truncation: z.looseObject({ max_length: z.int().min(3) }).nullish(),
  padding: z.looseObject({ pad_id: z.int().min(0) }).nullish(),
});

/** Where a file does not say how long a text may be: as many positions as BERT has. */
const DEFAULT_MAX_TOKENS = 512;
/** Longer texts are tokenized piece by piece, so that a text of any length costs no more than what is kept of it. */
const PIECE_CHARACTERS = 2_000;

/**
 * The tokenizer of a pretrained encoder, as its `tokenizer.json` describes it. It puts the encoder's marks around a text and cuts what
 * is too long in front of the end mark, which the package that reads the file does not.
 */
export class PretrainedTokenizer {
  readonly #tokenizer: PackageTokenizer;
  readonly #startMarks: readonly number[];
  readonly #endMarks: readonly number[];

  private constructor(
    tokenizer: PackageTokenizer,
    /** Tokens of a text at most, its marks counted. */
    readonly maxTokens: number,
    /** Fills up the shorter texts of a batch. */
    readonly paddingId: number,
  ) {
    this.#tokenizer = tokenizer;
    const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
    const marked = tokenizer.encode('a').ids;
    const start = marked.findIndex((_, at) => bare.every((id, i) => marked[at + i] === id));
    this.#startMarks = marked.slice(0, start);
    this.#endMarks = marked.slice(start + bare.length);
  }

  /**
   * @param json content of a `tokenizer.json`
   * @throws {LanguageError} `model-unusable`
   */
  static parse(json: string): PretrainedTokenizer {
    try {
      const file = fileSchema.parse(JSON.parse(json));
      const maxTokens = file.truncation?.max_length ?? DEFAULT_MAX_TOKENS;
      return new PretrainedTokenizer(new PackageTokenizer(file, {}), maxTokens, file.padding?.pad_id ?? 0);
    } catch (error) {
      const reason = (error as Error).message;
      throw new LanguageError('model-unusable', `This is no tokenizer.json that can be read: ${reason}`, error);
    }
  }

  /** The ids of a text with its marks, at most {@link maxTokens}. An empty text has its marks only. */
  encode(text: string): readonly number[] {
    const room = this.maxTokens - this.#startMarks.length - this.#endMarks.length;
    const ids: number[] = [];
    for (const piece of pieces(text)) {
      ids.push(...this.#tokenizer.encode(piece, { add_special_tokens: false }).ids);
      if (ids.length >= room) break;
    }
    return [...this.#startMarks, ...ids.slice(0, room), ...this.#endMarks];
  }

  /** What a sentence encoder takes for texts that were encoded: a row for each, filled up to the longest. */
  batch(encoded: readonly (readonly number[])[]): Tensors {
    const width = Math.max(0, ...encoded.map(({ length }) => length));
    const size = encoded.length * width;
    const ids = new BigInt64Array(size).fill(BigInt(this.paddingId));
    const mask = new BigInt64Array(size);
    encoded.forEach((tokens, row) => {
      tokens.forEach((id, i) => (ids[row * width + i] = BigInt(id)));
      mask.fill(1n, row * width, row * width + tokens.length);
    });
    const tensor = (data: BigInt64Array) => ({ dtype: 'int64' as const, dims: [encoded.length, width], data });
    return {
      [SENTENCE_ENCODER.inputIds]: tensor(ids),
      [SENTENCE_ENCODER.attentionMask]: tensor(mask),
      [SENTENCE_ENCODER.tokenTypeIds]: tensor(new BigInt64Array(size)),
    };
  }
}

/** Parts of a text that have no word in common; of a word without end, its start. */
function* pieces(text: string): Generator<string> {
  if (text.length <= PIECE_CHARACTERS) {
    yield text;
    return;
  }
  let piece = '';
  for (const [word] of text.matchAll(/\S+/gu)) {
    piece += ` ${word.slice(0, PIECE_CHARACTERS)}`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
