import { dataOf, type Tensor, type Tensors } from '@offerstream/onnx-runtime';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { batchesByLength, paddedTokens, POSITIONS, TOKENS } from './sentence-batch.js';
import { LOG_PROBABILITIES } from './serving-graph.js';

/** Runs a graph, here or in a server. */
export type RunGraph = (feeds: Tensors) => Promise<Tensors>;

/** Tokens that are looked at in one run, padding counted: 20 MB of results with 10,000 words. */
const TOKENS_A_RUN = 512;

/**
 * A served network as one of several models.
 *
 * @param run runs its `servingGraph`
 */
export const networkComponent = (name: string, vocabularySize: number, run: RunGraph): NextWordModel => {
  const ask = async (tokens: Tensor, positions: readonly number[]): Promise<Float32Array> =>
    dataOf(await run({ [TOKENS]: tokens, [POSITIONS]: positionsOf(positions) }), LOG_PROBABILITIES, 'float32');
  return {
    name,
    vocabularySize,
    async afterHistories(histories, out) {
      const tokens = paddedTokens(histories);
      const steps = tokens.dims[1] as number;
      out.set(
        await ask(
          tokens,
          histories.map(({ length }, row) => row * steps + length),
        ),
      );
    },
    async alongSentences(sentences, out) {
      let rows = 0;
      const placed = sentences.map((sentence) => {
        const place = { sentence, length: sentence.length, row: rows };
        rows += sentence.length + 1;
        return place;
      });
      for (const batch of batchesByLength(placed, TOKENS_A_RUN)) {
        const tokens = paddedTokens(batch.map(({ sentence }) => sentence));
        const steps = tokens.dims[1] as number;
        const positions = batch.flatMap(({ length }, index) =>
          Array.from({ length: length + 1 }, (_, step) => index * steps + step),
        );
        const results = await ask(tokens, positions);
        let from = 0;
        for (const { length, row } of batch) {
          const to = from + (length + 1) * vocabularySize;
          out.set(results.subarray(from, to), row * vocabularySize);
          from = to;
        }
      }
    },
  };
};

const positionsOf = (positions: readonly number[]): Tensor => ({
  dtype: 'int64',
  dims: [positions.length],
  data: BigInt64Array.from(positions, BigInt),
});
