import type { Tensors } from '@offerstream/onnx-runtime';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';

/** A text as a sentence encoder reads it. */
export interface EncodedText {
  /** Cut to what the encoder takes; at least one. */
  readonly ids: readonly number[];
  /** What is counted of the text: word pieces with their marks, or words. */
  readonly tokens: number;
}

/** Makes what a sentence encoder takes of texts. Any text is answered: what is no word is left out, what is too long is cut. */
export interface EncoderTokenizer {
  encode(text: string): EncodedText;
  /** The encoder's inputs for texts: a row for each, filled up to the longest. */
  batch(encoded: readonly EncodedText[]): Tensors;
}

/** See {@link EncoderTokenizer.batch}. */
export const encodedBatch = (encoded: readonly EncodedText[], paddingId: number): Tensors => {
  const width = Math.max(0, ...encoded.map(({ ids }) => ids.length));
  const size = encoded.length * width;
  const inputIds = new BigInt64Array(size).fill(BigInt(paddingId));
  const mask = new BigInt64Array(size);
  encoded.forEach(({ ids }, row) => {
    ids.forEach((id, i) => (inputIds[row * width + i] = BigInt(id)));
    mask.fill(1n, row * width, row * width + ids.length);
  });
  const tensor = (data: BigInt64Array) => ({ dtype: 'int64' as const, dims: [encoded.length, width], data });
  return {
    [SENTENCE_ENCODER.inputIds]: tensor(inputIds),
    [SENTENCE_ENCODER.attentionMask]: tensor(mask),
    [SENTENCE_ENCODER.tokenTypeIds]: tensor(new BigInt64Array(size)),
  };
};

/** Longer texts are tokenized piece by piece, so that a text of any length costs no more than what is kept of it. */
const PIECE_CHARACTERS = 2_000;

/** Parts of a text that have no word in common; of a word without end, its start. */
export function* textPieces(text: string): Generator<string> {
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
