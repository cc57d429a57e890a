import type { TenantId } from '@offerstream/contracts';
import { createDemoShop, interactionsOf } from '@offerstream/demo-shop';
import { earlierPart, evaluateOrders, interactionLog, trainModel, type OrderHitRate } from '@offerstream/learning';
import { report } from './machine.js';

export interface TogetherSettings {
  /** Generated shops, each another. */
  readonly shops: number;
}

const TENANT = 'demo' as TenantId;
const LEARNED_SHARE = 0.7;
const FAMILIES = ['together', 'behaviour', 'content', 'popular'] as const;
/** When the shops' history ends is of no account. */
const END_MS = Date.UTC(2026, 0, 1);

/** Given one item of an order, is another of the same order in the first 10? By models of the time before the orders. */
export const benchTogether = async (settings: TogetherSettings): Promise<void> => {
  const seeds = Array.from({ length: settings.shops }, (_, index) => index + 1);
  for (const family of FAMILIES) {
    const rates: OrderHitRate[] = [];
    for (const seed of seeds) {
      const shop = createDemoShop(seed);
      const log = interactionLog(interactionsOf(shop.history(END_MS)));
      const from = Math.floor(log.items.length * LEARNED_SHARE);
      const interactions = earlierPart(log, from);
      const { model } = await trainModel({ tenant: TENANT, family, interactions, catalog: shop.catalog, seed });
      rates.push(await evaluateOrders(model.toBuffer(), log, { tenant: TENANT, from }));
    }
    report({ bench: 'together', family, ...overall(rates), settings });
  }
};

/** Of all questions of all shops. */
const overall = (rates: readonly OrderHitRate[]): OrderHitRate => {
  const sum = (of: (rate: OrderHitRate) => number): number => rates.reduce((total, rate) => total + of(rate), 0);
  const questions = sum((rate) => rate.questions);
  return {
    orders: sum((rate) => rate.orders),
    questions,
    served: sum((rate) => rate.served * rate.questions) / questions,
    popularity: sum((rate) => rate.popularity * rate.questions) / questions,
  };
};
