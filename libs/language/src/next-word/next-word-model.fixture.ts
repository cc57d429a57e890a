import type { Sentence } from '../text/corpus.js';
import { rowsOf, type NextWordModel } from './next-word-model.js';

/** What holds for every model of the next word: its distributions sum to 1, and it says the same of a prefix both ways. */
export const expectDistributions = async (model: NextWordModel, sentences: readonly Sentence[]): Promise<void> => {
  const size = model.vocabularySize;
  const rows = rowsOf(sentences);
  const along = new Float32Array(rows * size);
  await model.alongSentences(sentences, along);
  const histories = sentences.flatMap((sentence) =>
    Array.from({ length: sentence.length + 1 }, (_, length) => sentence.subarray(0, length)),
  );
  const after = new Float32Array(rows * size);
  await model.afterHistories(histories, after);
  for (let row = 0; row < rows; row++) {
    const distribution = along.subarray(row * size, (row + 1) * size);
    expect(distribution.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
  }
  for (let at = 0; at < along.length; at++) expect(after[at]).toBeCloseTo(along[at] as number, 4);
};
