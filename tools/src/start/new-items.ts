import { EXPLANATION_SOURCES } from '@offerstream/contracts';
import { STEPS, type Example, type Step } from '../assortment/assortment-metrics.js';
import { valueOf, type Sample } from './prometheus-text.js';

/** What came to the demo's shop after its catalog. */
export interface NewItems {
  readonly step: Step | undefined;
  readonly came: number;
  /** Those that somebody was offered. */
  readonly offered: number;
  /** Half of them were offered within this time; undefined where none was. */
  readonly medianSeconds: number | undefined;
  readonly example: Example | undefined;
}

/** What the assortment's metrics say; undefined of none. */
export const newItemsOf = (samples: readonly Sample[]): NewItems | undefined => {
  const came = valueOf(samples, 'assortment_new_products_total');
  if (came === undefined) return undefined;
  const toOffer = 'assortment_new_product_to_offer_seconds';
  const offered = valueOf(samples, `${toOffer}_count`) ?? 0;
  return {
    step: STEPS.find((step) => valueOf(samples, 'assortment_step', { step }) === 1),
    came,
    offered,
    medianSeconds: offered === 0 ? undefined : valueOf(samples, toOffer, { quantile: '0.5' }),
    example: exampleOf(samples.filter(({ name }) => name === 'assortment_example_share')),
  };
};

const exampleOf = (samples: readonly Sample[]): Example | undefined => {
  const { title, subject } = samples[0]?.labels ?? {};
  if (title === undefined || subject === undefined) return undefined;
  const shares = EXPLANATION_SOURCES.flatMap((source) => {
    const share = valueOf(samples, 'assortment_example_share', { source });
    return share === undefined ? [] : [{ source, share }];
  });
  return { title, subject, shares: shares.sort((a, b) => b.share - a.share) };
};
