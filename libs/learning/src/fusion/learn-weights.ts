import { ACTION, type ActionCode } from '@offerstream/contracts';
import { HISTORY_LENGTH, HistoryWindow } from '../history-window.js';
import { earlierPart, type InteractionLog } from '../interaction-log.js';
import { itemQuality, type ItemQuality } from '../item-quality.js';
import type { RankedCatalog } from '../popularity.js';
import { randomNumbers } from '../random.js';
import { ACTION_WEIGHTS } from './action-weights.js';
import { BEHAVIOUR_DIMENSIONS, itemBehaviour, type ItemBehaviour } from './behaviour-vectors.js';
import { expectedBehaviour, type ExpectedBehaviour } from './expected-behaviour.js';
import { fitChoices, type FittedChoices } from './fit-choices.js';
import { itemDemand } from './item-demand.js';
import type { ItemDescription } from './item-sources.js';

/** How much each thing that is known of an item speaks for it, in logarithms of odds. */
export interface FusionWeights {
  /** An interaction of a history counts half as much when it is this much older than the newest. */
  readonly halfLifeMs: number;
  /** For each description: that it is like those of the history. */
  readonly likeness: readonly number[];
  /** For each description: that items like it are touched by shoppers like this one. */
  readonly expected: readonly number[];
  /** That it is touched by shoppers like this one itself. */
  readonly behaviour: number;
  /** An item with this many shoppers is taken half by what they did and half by what is expected of it. */
  readonly evenShoppers: number;
  /** That items like it are wanted; that it is wanted itself. */
  readonly expectedDemand: number;
  readonly demand: number;
  /** That who looks at it buys it. */
  readonly quality: number;
}

export interface FusionData {
  readonly log: InteractionLog;
  readonly catalog: RankedCatalog;
  readonly descriptions: readonly ItemDescription[];
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** All that is known of the items by what shoppers did. */
export interface KnownItems {
  readonly behaviour: ItemBehaviour;
  readonly expected: ExpectedBehaviour;
  /** [items] */
  readonly demand: Float32Array;
  readonly quality: ItemQuality;
}

export const knownItems = async ({ log, catalog, descriptions, seed, signal }: FusionData): Promise<KnownItems> => {
  const behaviour = await itemBehaviour(log, catalog.rows, catalog.ids.length, seed);
  const demand = itemDemand(log, catalog.rows, behaviour.shoppers);
  return {
    behaviour,
    demand,
    expected: await expectedBehaviour(descriptions, behaviour, demand, signal),
    quality: itemQuality(log, catalog),
  };
};

/** The share of an item that is taken by what its own shoppers did. */
export const ownShare = (shoppers: number, evenShoppers: number): number => shoppers / (shoppers + evenShoppers);

/** The newest part of the log is what shoppers chose. */
const CHOICES_SHARE = 0.4;
const MOST_CHOICES = 2_000;
/** With fewer choices of items that were new then, items that were not stand in for them. */
const LEAST_CHOICES = 200;
const LEAST_NEW_ITEMS = 30;
/** With the item that was chosen stand so many others of the shop. */
const OTHERS = 40;
const ROUNDS = 2;
const EVEN_SHOPPERS = [1, 4, 16, 64, 256];
const DAY_MS = 86_400_000;
const HALF_LIVES_MS = [DAY_MS / 24, DAY_MS, 7 * DAY_MS, 90 * DAY_MS];
/** Where nothing is chosen. */
const EXPECTED = { likeness: 2, expected: 1, behaviour: 2, demand: 0, quality: 0 } as const;

/**
 * Learns from what shoppers chose in the newest part of a log, by what was known before it. At first every item is taken for one that
 * nobody has touched: what is known of it is what it is, and what was done with items like it. That weighs the descriptions. Then items
 * are taken with what their own shoppers did, which weighs behaviour and says how many shoppers it takes to be believed.
 */
export const learnWeights = async (data: FusionData): Promise<FusionWeights> => {
  const { log, descriptions } = data;
  const from = Math.floor(log.items.length * (1 - CHOICES_SHARE));
  const known = await knownItems({ ...data, log: earlierPart(log, from) });
  const choices = choicesOf(data, from, (row) => row >= 0);
  const isNew = (row: number): boolean => known.behaviour.shoppers[row] === 0;
  const ofNew = choicesOf(data, from, isNew);
  const untouchedChoices =
    ofNew.length >= LEAST_CHOICES &&
    ofNew.reduce((rows, { candidates }) => rows.add(candidates[0] as number), new Set<number>()).size >= LEAST_NEW_ITEMS
      ? ofNew
      : choices;
  const kinds = descriptions.length;
  const start: FusionWeights = {
    halfLifeMs: DAY_MS,
    likeness: descriptions.map(() => EXPECTED.likeness),
    expected: descriptions.map(() => EXPECTED.expected),
    behaviour: EXPECTED.behaviour,
    evenShoppers: EVEN_SHOPPERS[2] as number,
    expectedDemand: EXPECTED.demand,
    demand: EXPECTED.demand,
    quality: EXPECTED.quality,
  };
  const fitUntouched = (weights: FusionWeights): FittedChoices => {
    data.signal?.throwIfAborted();
    const { untouched: values } = factsOf(untouchedChoices, descriptions, known, weights);
    const expected = [...start.likeness, ...start.expected, start.expectedDemand];
    return fitChoices({ candidates: OTHERS + 1, features: 2 * kinds + 1, values }, expected);
  };
  const byHalfLife = HALF_LIVES_MS.map((halfLifeMs) => ({ halfLifeMs, ...fitUntouched({ ...start, halfLifeMs }) }));
  const { halfLifeMs } = byHalfLife.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a));
  let weights: FusionWeights = { ...start, halfLifeMs };
  for (let round = 0; round < ROUNDS; round++) {
    const untouched = fitUntouched(weights).weights;
    weights = {
      ...weights,
      likeness: untouched.slice(0, kinds),
      expected: untouched.slice(kinds, 2 * kinds),
      expectedDemand: untouched[2 * kinds] as number,
    };
    const facts = factsOf(choices, descriptions, known, weights);
    const fits = EVEN_SHOPPERS.map((evenShoppers) => {
      const { given, values } = touchedFacts(choices, facts, known, { ...weights, evenShoppers });
      const fit = fitChoices({ candidates: OTHERS + 1, features: TOUCHED, values, given }, [
        start.behaviour,
        start.demand,
        start.quality,
      ]);
      return { evenShoppers, ...fit };
    });
    const best = fits.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a));
    const [behaviour, demand, quality] = best.weights as [number, number, number];
    weights = { ...weights, behaviour, demand, quality, evenShoppers: best.evenShoppers };
  }
  return weights;
};

interface Choice {
  /** Rows of the items of the history, what was done with each, and how long before the newest. */
  readonly history: readonly (readonly [row: number, action: ActionCode, ageMs: number])[];
  /** Rows; the first was chosen. */
  readonly candidates: Int32Array;
}

/** What shoppers with a history chose of some items that was new to them, evenly from the part after `from`, among others of these. */
const choicesOf = (
  { log, catalog, seed }: FusionData,
  from: number,
  isAsked: (row: number) => boolean,
): readonly Choice[] => {
  const random = randomNumbers(seed);
  const sold = Int32Array.from(new Set(log.items), (item) => catalog.rows[item] as number).filter(isAsked);
  const window = new HistoryWindow(log, HISTORY_LENGTH);
  const moments = new Map<string, number>();
  for (let position = from; position < log.items.length; position++) {
    // What is removed is not chosen.
    if (log.actions[position] === ACTION.remove) continue;
    // One of an order, or those with many items would have most of the say.
    if (isAsked(rowAt(log, catalog, position)))
      moments.set(`${log.subjects[position]} ${log.times[position]}`, position);
  }
  const every = Math.max(1, Math.floor(moments.size / MOST_CHOICES));
  const asked = new Set([...moments.values()].filter((_, place) => place % every === 0));
  const choices: Choice[] = [];
  log.items.forEach((item, position) => {
    if (asked.has(position)) {
      const row = catalog.rows[item] as number;
      const time = log.times[position] as number;
      const before = window
        .of(log.subjects[position] as number)
        // What lies in the same order was not known before.
        .filter((past) => (log.times[past] as number) < time);
      const newest = log.times[before.at(-1) ?? 0] as number;
      const history = before.map((past) => {
        const action = log.actions[past] as ActionCode;
        return [rowAt(log, catalog, past), action, newest - (log.times[past] as number)] as const;
      });
      if (history.some(([, action]) => ACTION_WEIGHTS[action] > 0) && history.every(([past]) => past !== row)) {
        const candidates = Int32Array.from({ length: OTHERS + 1 }, (_, i) =>
          i === 0 ? row : (sold[Math.floor(random() * sold.length)] as number),
        );
        choices.push({ history, candidates });
      }
    }
    window.add(position);
  });
  return choices;
};

const rowAt = (log: InteractionLog, catalog: RankedCatalog, position: number): number =>
  catalog.rows[log.items[position] as number] as number;

interface Facts {
  /** [choices, candidates, likeness of each description, expectation of each, demand] */
  readonly untouched: Float32Array;
  /** [choices, candidates]: how near the item is by what its own shoppers did. */
  readonly near: Float32Array;
}

const factsOf = (
  choices: readonly Choice[],
  descriptions: readonly ItemDescription[],
  { behaviour, expected }: KnownItems,
  weights: FusionWeights,
): Facts => {
  const kinds = descriptions.length;
  const width = 2 * kinds + 1;
  const untouched = new Float32Array(choices.length * (OTHERS + 1) * width);
  const near = new Float32Array(choices.length * (OTHERS + 1));
  const total = weights.likeness.reduce((sum, weight) => sum + weight, weights.behaviour) || 1;
  choices.forEach(({ history, candidates }, place) => {
    const counted = history.map(
      ([row, action, ageMs]) => [row, ACTION_WEIGHTS[action] * 2 ** (-ageMs / weights.halfLifeMs)] as const,
    );
    const tastes = descriptions.map(({ vectors, dimensions }) => weightedSum(vectors, dimensions, counted));
    const behaved = weightedSum(behaviour.vectors, BEHAVIOUR_DIMENSIONS, counted);
    const squares = tastes.reduce(
      (sum, taste, kind) => sum + ((weights.likeness[kind] as number) / total) * product(taste, taste, 0),
      (weights.behaviour / total) * product(behaved, behaved, 0),
    );
    const length = Math.max(Math.sqrt(squares), 1e-9);
    candidates.forEach((row, candidate) => {
      const at = (place * (OTHERS + 1) + candidate) * width;
      descriptions.forEach(({ vectors, dimensions }, kind) => {
        untouched[at + kind] = product(tastes[kind] as Float64Array, vectors, row * dimensions) / length;
        untouched[at + kinds + kind] =
          product(behaved, expected.vectors[kind] as Float32Array, row * BEHAVIOUR_DIMENSIONS) / length;
      });
      untouched[at + 2 * kinds] = expected.demand[row] as number;
      near[place * (OTHERS + 1) + candidate] = product(behaved, behaviour.vectors, row * BEHAVIOUR_DIMENSIONS) / length;
    });
  });
  return { untouched, near };
};

/** Nearness, demand and quality. */
const TOUCHED = 3;

/** The facts of items with what their own shoppers did, beside what is given for them by the weights of the descriptions. */
const touchedFacts = (
  choices: readonly Choice[],
  { untouched, near }: Facts,
  { behaviour, demand, quality }: KnownItems,
  weights: FusionWeights,
): { readonly given: Float32Array; readonly values: Float32Array } => {
  const kinds = weights.likeness.length;
  const width = 2 * kinds + 1;
  const given = new Float32Array(near.length);
  const values = new Float32Array(near.length * TOUCHED);
  choices.forEach(({ candidates }, place) =>
    candidates.forEach((row, candidate) => {
      const at = place * (OTHERS + 1) + candidate;
      const own = ownShare(behaviour.shoppers[row] as number, weights.evenShoppers);
      let score = (1 - own) * weights.expectedDemand * (untouched[at * width + 2 * kinds] as number);
      for (let kind = 0; kind < kinds; kind++) {
        score += (weights.likeness[kind] as number) * (untouched[at * width + kind] as number);
        score += (1 - own) * (weights.expected[kind] as number) * (untouched[at * width + kinds + kind] as number);
      }
      given[at] = score;
      values[at * TOUCHED] = own * (near[at] as number);
      values[at * TOUCHED + 1] = own * (demand[row] as number);
      values[at * TOUCHED + 2] = quality.ofItems[row] as number;
    }),
  );
  return { given, values };
};

const weightedSum = (
  vectors: Float32Array,
  d: number,
  rows: readonly (readonly [row: number, weight: number])[],
): Float64Array => {
  const sum = new Float64Array(d);
  for (const [row, weight] of rows) {
    for (let i = 0; i < d; i++) sum[i] = (sum[i] as number) + weight * (vectors[row * d + i] as number);
  }
  return sum;
};

const product = (a: Float64Array, b: Float32Array | Float64Array, start: number): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[start + i] as number);
  return sum;
};
