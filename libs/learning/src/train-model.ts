import type { CatalogItem, TenantId } from '@offerstream/contracts';
import { LearningError } from './errors.js';
import { evaluateModel, servedHitRates } from './evaluate.js';
import { explanationGraph } from './explanation-graph.js';
import type { Family, TrainingData } from './families/family.js';
import { FAMILIES, type FamilyName } from './families/index.js';
import type { ItemVectors } from './fusion/item-vectors.js';
import { earlierPart, endTime, interactionLog, type Interaction, type InteractionLog } from './interaction-log.js';
import { modelCard } from './model-card.js';
import { MOST_POPULAR, rankedCatalog } from './popularity.js';
import { retrievalGraph } from './retrieval-graph.js';
import type { ModelMetrics, TrainedModel } from './trained-model.js';

export interface TrainingOptions {
  readonly tenant: TenantId;
  readonly family: FamilyName;
  /** In time order. */
  readonly interactions: InteractionLog | Iterable<Interaction>;
  /** Items beyond those of the interactions, and what is known of all; an item in neither is never offered. */
  readonly catalog?: Iterable<CatalogItem>;
  /** What models of words and pictures make of items; families that look at what items are take them into account. */
  readonly vectors?: ItemVectors;
  /** Equal seeds and data give equal models. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** `share` is what is done of the whole, 0 to 1. */
export interface TrainingProgress {
  readonly step: 'learning' | 'tuning' | 'evaluating' | 'building';
  readonly share: number;
}

const HELD_OUT_SHARE = 0.1;
const MOST_HELD_OUT = 5000;
const MOST_TUNED_ON = 2000;

/**
 * Trains a model of a family. The newest interactions are held out first: settings are chosen on the first part of them and the
 * hit rates measured on the rest; the model that is returned has learned from all.
 *
 * @throws {LearningError} `not-in-time-order`, `nothing-to-learn-from`; the signal's reason when it aborts
 */
export const trainModel = async (options: TrainingOptions): Promise<TrainedModel> => {
  const { tenant, family: name, vectors, seed, signal, onProgress } = options;
  const log = isLog(options.interactions) ? options.interactions : interactionLog(options.interactions);
  const items = new Map(Array.from(options.catalog ?? [], (item) => [item.id as string, item]));
  if (log.items.length === 0) {
    throw new LearningError('nothing-to-learn-from', `tenant "${tenant}" has no interactions to train "${name}" on`);
  }
  const family: Family = FAMILIES[name];
  const dataOf = (part: InteractionLog): TrainingData => ({
    tenant,
    log: part,
    catalog: rankedCatalog(tenant, part, [...log.itemIds, ...items.keys()]),
    items,
    ...(vectors === undefined ? {} : { vectors }),
    seed,
    ...(signal === undefined ? {} : { signal }),
  });

  const heldOut = Math.min(Math.floor(log.items.length * HELD_OUT_SHARE), MOST_HELD_OUT);
  const from = log.items.length - heldOut;
  const tunedTo = from + Math.min(Math.floor(heldOut / 2), MOST_TUNED_ON);
  onProgress?.({ step: 'learning', share: 0 });
  const early = dataOf(earlierPart(log, from));
  const fitted = await family.fit(early);
  const build = (settings: object): Uint8Array =>
    retrievalGraph(name, early.catalog, fitted.ranker(settings)).toBuffer();
  const score = async (settings: object): Promise<number> => {
    const rates = await servedHitRates(build(settings), earlierPart(log, tunedTo), {
      tenant,
      from,
      ...(signal === undefined ? {} : { signal }),
    });
    return rates.repeatsAllowed + rates.newItemsOnly * NEW_ITEM_WEIGHT;
  };
  let settings = family.defaults;
  let best = family.alternatives.length === 0 ? 0 : await score(settings);
  for (const [i, alternative] of family.alternatives.entries()) {
    onProgress?.({ step: 'tuning', share: 0.3 + (0.4 * i) / family.alternatives.length });
    const tried = { ...settings, ...alternative };
    const result = await score(tried);
    if (result > best) {
      best = result;
      settings = tried;
    }
  }

  onProgress?.({ step: 'evaluating', share: 0.7 });
  const report = await evaluateModel(build(settings), log, {
    tenant,
    from: tunedTo,
    ...(signal === undefined ? {} : { signal }),
  });

  onProgress?.({ step: 'building', share: 0.8 });
  const data = dataOf(log);
  const whole = await family.fit(data);
  const ranker = whole.ranker(settings);
  const metrics: ModelMetrics = {
    family: name,
    interactions: log.items.length,
    subjects: new Set(log.subjects).size,
    items: data.catalog.ids.length,
    from: new Date(log.times[0] ?? 0).toISOString(),
    to: new Date(endTime(log)).toISOString(),
    heldOut: { interactions: log.items.length - tunedTo, ...report },
    settings,
    ...(whole.learned !== undefined && { learned: whole.learned }),
  };
  onProgress?.({ step: 'building', share: 1 });
  return {
    tenant,
    family: name,
    model: retrievalGraph(name, data.catalog, ranker),
    explanation: explanationGraph(name, data.catalog, ranker),
    metrics,
    card: modelCard(tenant, family.description, metrics),
    popular: data.catalog.ids.slice(0, MOST_POPULAR),
    ...(whole.beside !== undefined && { beside: whole.beside() }),
  };
};

/** Hits on new items are rarer than hits at all, and worth more. */
const NEW_ITEM_WEIGHT = 6;

const isLog = (interactions: InteractionLog | Iterable<Interaction>): interactions is InteractionLog =>
  'subjectCount' in interactions;
