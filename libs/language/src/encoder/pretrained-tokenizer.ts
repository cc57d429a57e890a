import { Tokenizer } from '@huggingface/tokenizers';
import type { Tensors } from '@offerstream/onnx-runtime';
import { z } from 'zod';
import { LanguageError } from '../errors.js';
import { encodedBatch, textPieces, type EncodedText, type EncoderTokenizer } from './encoder-tokenizer.js';

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

/**
 * The tokenizer of a pretrained encoder, as its `tokenizer.json` describes it. It puts the encoder's marks around a text and cuts what
 * is too long in front of the end mark, which the package that reads the file does not.
 */
export class PretrainedTokenizer implements EncoderTokenizer {
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
   * @param path of the file, for errors
   * @throws {LanguageError} `model-unusable`
   */
  static parse(json: string, path = 'This'): PretrainedTokenizer {
    try {
      const file = fileSchema.parse(JSON.parse(json));
      const maxTokens = file.truncation?.max_length ?? DEFAULT_MAX_TOKENS;
      return new PretrainedTokenizer(new PackageTokenizer(file, {}), maxTokens, file.padding?.pad_id ?? 0);
    } catch (error) {
      const reason = (error as Error).message;
      throw new LanguageError('model-unusable', `${path} is no tokenizer.json that can be read: ${reason}`, error);
    }
  }

  /** The ids of a text with its marks, at most {@link maxTokens}. An empty text has its marks only. */
  encode(text: string): EncodedText {
    const room = this.maxTokens - this.#startMarks.length - this.#endMarks.length;
    const ids: number[] = [];
    for (const piece of textPieces(text)) {
      ids.push(...this.#tokenizer.encode(piece, { add_special_tokens: false }).ids);
      if (ids.length >= room) break;
    }
    const marked = [...this.#startMarks, ...ids.slice(0, room), ...this.#endMarks];
    return { ids: marked, tokens: marked.length };
  }

  batch(encoded: readonly EncodedText[]): Tensors {
    return encodedBatch(encoded, this.paddingId);
  }
}
