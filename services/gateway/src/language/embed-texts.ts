import { finiteRows, type InferenceTensor } from '@offerstream/inference-client';
import { SENTENCE_ENCODER, type EncodedText, type EncoderTokenizer } from '@offerstream/language';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { Embeddings, EmbedTask } from './language-tasks.js';
import type { Work } from '../threads/answer-tasks.js';

/** Runs the encoder: its answer to a batch. */
export type RunEncoder = (feeds: Tensors) => Promise<InferenceTensor | undefined>;

/** Texts of a run: of similar length, so that little is padding. */
const ROWS_A_RUN = 32;
/** While one batch is computed the next is on its way. */
const RUNS_AT_ONCE = 2;

/** The embeddings of texts. @throws InferenceError */
export const embedTexts = async (
  tokenizer: EncoderTokenizer,
  { texts, encoder }: EmbedTask,
  { signal, pause, run }: Work & { readonly run: RunEncoder },
): Promise<Embeddings> => {
  const { dimensions } = encoder;
  const encoded: EncodedText[] = [];
  for (const text of texts) {
    encoded.push(tokenizer.encode(text));
    if (encoded.length % ROWS_A_RUN === 0) await pause();
    signal.throwIfAborted();
  }
  const vectors = new Float32Array(texts.length * dimensions);
  const byLength = [...encoded.keys()].sort((one, other) => lengthOf(encoded[one]) - lengthOf(encoded[other]));
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < byLength.length) {
      signal.throwIfAborted();
      const rows = byLength.slice(next, next + ROWS_A_RUN);
      next += rows.length;
      const answer = await run(tokenizer.batch(rows.map((row) => encoded[row] as EncodedText)));
      const expected = { model: encoder.name, output: EMBEDDING, rows: rows.length, width: dimensions };
      const { data } = finiteRows(answer, expected);
      for (const [at, row] of rows.entries())
        vectors.set(data.subarray(at * dimensions, (at + 1) * dimensions), row * dimensions);
    }
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
  return { vectors, tokens: encoded.reduce((sum, { tokens }) => sum + tokens, 0) };
};

/** The name of an encoder's answer. */
export const EMBEDDING = SENTENCE_ENCODER.embedding;

const lengthOf = (encoded: EncodedText | undefined): number => encoded?.ids.length ?? 0;
