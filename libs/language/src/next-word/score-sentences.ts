import type { Corpus, Sentence } from '../text/corpus.js';
import type { NextWordModel } from './next-word-model.js';
import { RowBuffer, sentenceChunks, targetsOf } from './sentence-chunks.js';

/** [words + 1]: log-probabilities of each word of a sentence after those before it, and of the sentence's end. */
export const scoreSentence = async (model: NextWordModel, sentence: Sentence): Promise<Float64Array> =>
  scoreChunk(model, [sentence], new RowBuffer());

/** exp(-mean log-probability) over every word and every sentence end, sentences independent. */
export const perplexity = async (model: NextWordModel, corpus: Corpus): Promise<number> => {
  const buffer = new RowBuffer();
  let sum = 0;
  for (const sentences of sentenceChunks(corpus)) {
    for (const score of await scoreChunk(model, sentences, buffer)) sum += score;
  }
  return Math.exp(-sum / corpus.predictions);
};

const scoreChunk = async (
  model: NextWordModel,
  sentences: readonly Sentence[],
  buffer: RowBuffer,
): Promise<Float64Array> => {
  const width = model.vocabularySize;
  const targets = targetsOf(sentences);
  const rows = buffer.take(targets.length, width);
  await model.alongSentences(sentences, rows);
  return Float64Array.from(targets, (target, row) => rows[row * width + target] as number);
};
