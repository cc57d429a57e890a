import type { NextWordModel } from './next-word-model.js';
import { rowsOf } from './next-word-model.js';

/** Says the same after every history: log-probabilities of probabilities. */
export const fixedComponent = (name: string, probabilities: readonly number[]): NextWordModel => {
  const row = Float32Array.from(probabilities, Math.log);
  const fill = (rows: number, out: Float32Array): Promise<void> => {
    for (let at = 0; at < rows; at++) out.set(row, at * row.length);
    return Promise.resolve();
  };
  return {
    name,
    vocabularySize: row.length,
    afterHistories: (histories, out) => fill(histories.length, out),
    alongSentences: (sentences, out) => fill(rowsOf(sentences), out),
  };
};
