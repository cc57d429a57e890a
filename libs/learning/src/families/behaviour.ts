import type { ActionCode } from '@offerstream/contracts';
import { op, vector, type Value } from '@offerstream/onnx';
import { coOccurrence, type CoOccurrenceOptions } from '../co-occurrence.js';
import { HISTORY_LENGTH } from '../history-window.js';
import { historyRecency, type HistoryRecency } from '../history-recency.js';
import { actionWeight, ageDecay } from '../interaction-weight.js';
import type { Neighbours } from '../neighbours.js';
import type { RankedCatalog } from '../popularity.js';
import { rowsFor, type HistoryBatch, type Ranker } from '../ranker.js';
import {
  MOST_TOUCHES,
  repeatAffinity,
  REPEAT_STRIDES,
  type RepeatAffinity,
  type RepeatDecay,
} from '../repeat-affinity.js';
import type { Family } from './family.js';
import { gainsRanker, neighbourGains } from './interaction-gains.js';

/** Item-to-item neighbours and the items' own chances to be touched again, with the weights of a history's interactions. */
export interface BehaviourModel {
  readonly neighbours: Neighbours;
  readonly repeats: RepeatAffinity;
  readonly weights: BehaviourWeights;
}

export interface BehaviourWeights {
  /** How much an interaction speaks for its item's neighbours. */
  readonly actions: Readonly<Record<ActionCode, number>>;
  /** An interaction counts x (number of newer items + 1)^-this. */
  readonly rankExponent: number;
  readonly halfLifeMs: number;
  /** How much a chance to be touched again counts against neighbours. */
  readonly repeatScale: number;
  /** How much the most popular item gets for that alone. */
  readonly popularity: number;
}

const DAY_MS = 86_400_000;

/** Found on held-out parts of public clickstreams; see docs/quality.md. */
const CO_OCCURRENCE: CoOccurrenceOptions = {
  window: 5,
  distanceExponent: 0.2,
  gapMs: 30 * 60_000,
  backward: 0.8,
  rowExponent: 0.5,
  neighbourExponent: 0.1,
  shrinkage: 2,
  width: 50,
};
const REPEAT_DECAY: RepeatDecay = { rankExponent: 1.2, halfLifeMs: 7 * DAY_MS };

/** Item-to-item neighbours of what the shopper did, mixed with the chance that they come back to the same items. */
export const behaviour: Family<BehaviourWeights> = {
  description:
    'Items that shoppers touched close to those of the history, and the items of the history themselves by their chance to be touched again.',
  defaults: {
    actions: { 1: 1, 2: 1, 3: 1, 4: 1, 5: 0.2, 6: 0 },
    rankExponent: 1,
    halfLifeMs: DAY_MS,
    repeatScale: 30,
    popularity: 0.03,
  },
  alternatives: [
    { repeatScale: 10 },
    { repeatScale: 90 },
    { halfLifeMs: DAY_MS / 24 },
    { halfLifeMs: 7 * DAY_MS },
    { rankExponent: 0.6 },
    { rankExponent: 1.5 },
  ],
  fit: ({ log, catalog }) => {
    const neighbours = coOccurrence(log, catalog.rows, rowsFor(catalog), CO_OCCURRENCE);
    const repeats = repeatAffinity(log, HISTORY_LENGTH, REPEAT_DECAY);
    return Promise.resolve({ ranker: (weights) => behaviourRanker(catalog, { neighbours, repeats, weights }) });
  },
};

export const behaviourRanker = (catalog: RankedCatalog, { neighbours, repeats, weights }: BehaviourModel): Ranker =>
  gainsRanker(catalog, weights.popularity, (history) => {
    const { graph, positions } = history;
    const recency = historyRecency(history);
    const weight = graph.scope('weight', () => interactionWeights(history, recency, weights));
    const repeat = graph.scope('repeat', () => repeatChances(history, recency, repeats));
    const near = neighbourGains(history, neighbours, weight);
    return {
      items: op.concat([near.items, op.unsqueeze(op.cast(positions, 'int32'), 2)], 2),
      gains: op.concat([near.gains, op.unsqueeze(op.mul(repeat, weights.repeatScale), 2)], 2),
    };
  });

const interactionWeights = (
  history: HistoryBatch,
  { newest, rank }: HistoryRecency,
  weights: BehaviourWeights,
): Value<'float32'> =>
  op.mul(
    op.mul(newest, actionWeight(history, weights.actions)),
    op.mul(op.pow(op.add(rank, 1), -weights.rankExponent), ageDecay(history, weights.halfLifeMs / 1000)),
  );

const repeatChances = (
  history: HistoryBatch,
  { newest, rank, touches }: HistoryRecency,
  repeats: RepeatAffinity,
): Value<'float32'> => {
  const { graph } = history;
  const first = op.cast(op.equal(rank, 0), 'float32');
  const newestAction = op.reduceSum(op.mul(op.cast(history.actions, 'float32'), op.mul(first, newest)), [1], {
    keepDims: true,
  });
  const state: Readonly<Record<keyof typeof REPEAT_STRIDES, Value<'float32'>>> = {
    newestAction,
    itemAction: op.cast(history.actions, 'float32'),
    isNewest: first,
    furtherTouches: op.sub(op.min(touches, MOST_TOUCHES), 1),
  };
  const cases = Object.entries(REPEAT_STRIDES)
    .map(([name, stride]) => op.mul(state[name as keyof typeof REPEAT_STRIDES], stride))
    .reduce((sum, term) => op.add(sum, term));
  const chances = graph.initializer('repeat_chances', vector('float32', Array.from(repeats.chances)));
  const decay = op.mul(op.pow(op.max(rank, 1), -repeats.rankExponent), ageDecay(history, repeats.halfLifeMs / 1000));
  return op.mul(op.mul(op.gather(chances, op.cast(cases, 'int64')), newest), decay);
};
