import type { ActionCode } from '@offerstream/contracts';
import { op } from '@offerstream/onnx';
import { boughtTogether, type BoughtTogetherOptions } from '../bought-together.js';
import { coOccurrence, type CoOccurrenceOptions } from '../co-occurrence.js';
import { historyRecency } from '../history-recency.js';
import { interactionWeight } from '../interaction-weight.js';
import { rowsFor } from '../ranker.js';
import type { Family } from './family.js';
import { gainsRanker, neighbourGains } from './interaction-gains.js';

const SESSION_MS = 30 * 60_000;

/** Found on held-out orders; see docs/quality.md. */
const TOGETHER: BoughtTogetherOptions = { sessionGapMs: SESSION_MS, cart: 0.3, shrinkage: 100, width: 50 };
/** What is touched close to an item, as shares: what is known of an item that is in few orders. */
const NEARBY: CoOccurrenceOptions = {
  window: 5,
  distanceExponent: 0,
  gapMs: SESSION_MS,
  backward: 1,
  rowExponent: 1,
  neighbourExponent: 0,
  shrinkage: 2,
  width: 200,
};

/** An interaction counts half as much when it is this much older than the newest: it was in another session. */
const HALF_LIFE_SECONDS = SESSION_MS / 1000;
const ACTION_WEIGHTS: Readonly<Record<ActionCode, number>> = { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 0 };
/** Less than any pair: it orders only what is nobody's neighbour, or equally near. */
const POPULARITY = 1e-6;

/**
 * What lies in one order with the items of the history. It is asked about an item or a cart, as context, and not tuned on what a
 * shopper touches next.
 */
export const together: Family = {
  description: 'Items that were bought together with those of the session, or lay in one cart with them.',
  defaults: {},
  alternatives: [],
  fit: ({ log, catalog }) => {
    const nearby = coOccurrence(log, catalog.rows, rowsFor(catalog), NEARBY);
    const neighbours = boughtTogether(log, catalog.rows, nearby, TOGETHER);
    return Promise.resolve({
      ranker: () =>
        gainsRanker(catalog, POPULARITY, (history) => {
          // An item that was touched several times is one item of the order.
          const { newest } = historyRecency(history);
          const weight = interactionWeight(history, { actions: ACTION_WEIGHTS, halfLifeSeconds: HALF_LIFE_SECONDS });
          return neighbourGains(history, neighbours, op.mul(weight, newest));
        }),
    });
  },
};
