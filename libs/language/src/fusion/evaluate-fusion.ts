import type { NextWordModel } from '../next-word/next-word-model.js';
import { perplexity } from '../next-word/score-sentences.js';
import type { SplitText } from '../text/split-text.js';
import { fitWeights, type FitOptions } from './fit-weights.js';
import { LogLinearModel } from './log-linear-model.js';

export interface HeldOutPerplexity {
  readonly validation: number;
  readonly test: number;
}

export interface FusionReport {
  readonly components: readonly ({ readonly name: string; readonly weight: number } & HeldOutPerplexity)[];
  readonly fusion: HeldOutPerplexity;
}

/**
 * Fits the weights of a fusion to the validation part, and measures every component and the fusion on both parts: the test is looked at
 * after all choices are made. Perplexities are over every word and every sentence end, sentences independent.
 *
 * @throws {LanguageError} `vocabularies-differ`, `bad-option`
 */
export const evaluateFusion = async (
  components: readonly NextWordModel[],
  { validation, test }: Pick<SplitText, 'validation' | 'test'>,
  options: FitOptions = {},
): Promise<{ readonly model: LogLinearModel; readonly report: FusionReport }> => {
  const fitted = await fitWeights(components, validation, options);
  const model = new LogLinearModel('fusion', components, fitted.weights);
  const measured = [];
  for (const [index, component] of components.entries()) {
    measured.push({
      name: component.name,
      weight: fitted.weights[index] as number,
      validation: await perplexity(component, validation),
      test: await perplexity(component, test),
    });
  }
  const fusion = { validation: await perplexity(model, validation), test: await perplexity(model, test) };
  return { model, report: { components: measured, fusion } };
};
