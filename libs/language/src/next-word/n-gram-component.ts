import type { NGramModel } from '../n-gram/n-gram-model.js';
import type { NextWordModel } from './next-word-model.js';

/**
 * An n-gram model as one of several.
 *
 * @param order of the distribution that is looked at: the model's own, or one of the shorter that it is interpolated from
 */
export const nGramComponent = (name: string, model: NGramModel, order = model.order): NextWordModel => {
  const vocabularySize = model.vocabulary.size;
  return {
    name,
    vocabularySize,
    afterHistories(histories, out) {
      for (const [row, history] of histories.entries()) {
        model.distribution(history, out.subarray(row * vocabularySize, (row + 1) * vocabularySize), order);
      }
      return Promise.resolve();
    },
    alongSentences(sentences, out) {
      let row = 0;
      for (const sentence of sentences) {
        const rows = sentence.length + 1;
        model.distributions(sentence, out.subarray(row * vocabularySize, (row + rows) * vocabularySize), order);
        row += rows;
      }
      return Promise.resolve();
    },
  };
};
