import { dataOf, type Tensors } from '@offerstream/onnx-runtime';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { batchesByLength, paddedTokens, TOKENS } from './sentence-batch.js';
import { LENGTHS, LOG_PROBABILITIES } from './serving-graph.js';

/** Runs a graph, here or in a server. */
export type RunGraph = (feeds: Tensors) => Promise<Tensors>;

/** The two graphs of a network, see `servingGraph`. */
export interface NetworkGraphs {
  readonly every: RunGraph;
  readonly last: RunGraph;
}

/** Tokens that are looked at in one run, padding counted: 20 MB of results with 10,000 words. */
const TOKENS_A_RUN = 512;

/** A served network as one of several models. */
export const networkComponent = (
  name: string,
  vocabularySize: number,
  { every, last }: NetworkGraphs,
): NextWordModel => ({
  name,
  vocabularySize,
  async afterHistories(histories, out) {
    const results = await last({
      [TOKENS]: paddedTokens(histories),
      [LENGTHS]: {
        dtype: 'int64',
        dims: [histories.length],
        data: BigInt64Array.from(histories, ({ length }) => BigInt(length + 1)),
      },
    });
    out.set(dataOf(results, LOG_PROBABILITIES, 'float32'));
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
      const [, steps = 0] = tokens.dims;
      const results = dataOf(await every({ [TOKENS]: tokens }), LOG_PROBABILITIES, 'float32');
      for (const [index, { length, row }] of batch.entries()) {
        const from = index * steps * vocabularySize;
        out.set(results.subarray(from, from + (length + 1) * vocabularySize), row * vocabularySize);
      }
    }
  },
});
