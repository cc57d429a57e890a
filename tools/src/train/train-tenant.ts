import {
  ACTION_NAMES,
  explanationModel,
  promotedModelSchema,
  tenantSchema,
  type ActionName,
  type CatalogItem,
  type TenantId,
} from '@offerstream/contracts';
import { tailTopic, type Kafka } from '@offerstream/kafka';
import {
  storeModel,
  trainModel,
  type FamilyName,
  type Interaction,
  type ItemVectors,
  type StoredModel,
  type TrainedModel,
} from '@offerstream/learning';
import { splitByTime, type History, type HistoryEvent } from '../events/history.js';
import { HistoryError } from '../events/errors.js';
import { mergeFacts, mergeItems } from '../events/item-facts.js';
import type { Line } from '../line/line.js';
import { readCatalog, readItemVectors, readTenant } from '../line/read-topic.js';
import { bringToServe } from './bring-to-serve.js';
import { withTextVectors } from './text-vectors.js';
import { untilServed } from './until-served.js';

export type OnProgress = (share: number, note: string) => void;

export interface TrainOptions {
  readonly tenant: TenantId;
  readonly family: FamilyName;
  readonly history: History;
  /** The share of the events, by time, that is learned from. The items of all of them are known, as a shop knows its catalog. */
  readonly fraction: number;
  /** Where the encoder of titles is looked for. */
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Equal data gives equal models. */
const SEED = 1;

/** Trains a model and writes it into a repository; no line is needed. */
export const trainOffline = async (repository: string, options: TrainOptions): Promise<[TrainedModel, StoredModel]> => {
  const trained = await train(options, new Map(), { byItem: new Map(), encoders: {} });
  return [trained, await storeModel(repository, trained)];
};

/**
 * Trains a model of a tenant and brings it to serve: the version goes into the line's model repository, the items that it has seen
 * into the catalog, and, once it is promoted, the tenant's placement is made to rank with it.
 *
 * @throws TrainError, LearningError, ControlError, RunStateError; the signal's reason when it aborts
 */
export const trainAndPromote = async (line: Line, options: TrainOptions): Promise<[TrainedModel, StoredModel]> => {
  const { tenant, signal, onProgress } = options;
  const [kafka, control, repository, inference] = await Promise.all([
    line.kafka('train'),
    line.control(),
    line.modelsDir(),
    line.inferenceAddress(),
  ]);
  const catalog = await readCatalog(kafka, line.topic('catalog'), tenant, signal);
  const known = await readItemVectors(kafka, line.topic('item-vectors'), tenant, signal);
  const trained = await train(options, catalog, known);
  const stored = await storeModel(repository, trained);
  onProgress(0.8, 'waiting for inference to serve it');
  await bringToServe({
    control,
    tenant,
    trained,
    stored,
    items: changedItems(options.history.items, catalog),
    untilServed: () =>
      untilServed(inference, { models: [explanationModel(stored.name), stored.name], version: stored.version, signal }),
    readTenant: (until) => readTenant(kafka, line.topic('tenants'), tenant, until),
    signal,
    onItems: (share) => onProgress(0.85 + 0.1 * share, 'putting items into the catalog'),
  });
  onProgress(0.97, 'promoted; waiting for the data plane to know it');
  await untilKnown(kafka, line, tenant, stored, signal);
  onProgress(1, 'promoted');
  return [trained, stored];
};

const train = async (
  options: TrainOptions,
  catalog: ReadonlyMap<string, CatalogItem>,
  known: ItemVectors,
): Promise<TrainedModel> => {
  const { tenant, family, history, fraction, repository, signal, onProgress } = options;
  const { training } = splitByTime(history.events, fraction);
  if (training.length === 0) {
    throw new HistoryError('nothing-left', `No event is left to learn from at --train-fraction ${fraction}.`);
  }
  const items = [...mergeItems(catalog, history.items).values()];
  const vectors = family === 'content' ? await withTextVectors(known, items, { repository, tenant, signal }) : known;
  return trainModel({
    tenant,
    family,
    interactions: interactionsOf(training),
    catalog: items,
    vectors,
    seed: SEED,
    signal,
    onProgress: ({ step, share }) => onProgress(0.8 * share, step),
  });
};

export function* interactionsOf(events: readonly HistoryEvent[]): Generator<Interaction> {
  for (const { subject, timeMs, interactions } of events) {
    for (const { item, action } of interactions) {
      yield { subject, item, action: ACTION_NAMES[action - 1] as ActionName, time: timeMs };
    }
  }
}

/** Items of which the catalog does not know yet what was seen; availability and what only the catalog says stay. */
const changedItems = (
  seen: ReadonlyMap<string, CatalogItem>,
  catalog: ReadonlyMap<string, CatalogItem>,
): readonly CatalogItem[] =>
  [...seen.values()].flatMap((item) => {
    const known = catalog.get(item.id);
    if (known === undefined) return [item];
    const merged = { ...mergeFacts(known, item), available: known.available };
    return JSON.stringify(merged) === JSON.stringify(known) ? [] : [merged];
  });

/** Whoever waits for this has offers of the version from then on. */
const untilKnown = async (
  kafka: Kafka,
  line: Line,
  tenant: TenantId,
  { name, version }: StoredModel,
  signal: AbortSignal,
): Promise<void> => {
  await untilRecord(
    kafka,
    line.topic('models'),
    signal,
    `${tenant}:${name}`,
    (value) => promotedModelSchema.parse(value).version === version,
  );
  await untilRecord(kafka, line.topic('tenants'), signal, tenant, (value) =>
    tenantSchema.parse(value).placements.some(({ model }) => model === name),
  );
};

/** Resolves when the newest record of the key is as wanted. */
const untilRecord = async (
  kafka: Kafka,
  topic: string,
  signal: AbortSignal,
  wanted: string,
  isSo: (value: unknown) => boolean,
): Promise<void> => {
  const seen = Promise.withResolvers<undefined>();
  const stop = (): void => seen.reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let isLive = false;
  let found = false;
  const tail = tailTopic(kafka, topic, {
    from: 'beginning',
    onRecords: (records) => {
      for (const { key, value } of records) {
        if (key?.toString() === wanted) found = value !== null && isSo(JSON.parse(value.toString()));
      }
      if (isLive && found) seen.resolve(undefined);
    },
    onCaughtUp: () => {
      isLive = true;
      if (found) seen.resolve(undefined);
    },
  });
  try {
    await Promise.race([seen.promise, tail.failed]);
  } finally {
    signal.removeEventListener('abort', stop);
    await tail.close();
  }
};
