import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ACTION_NAMES,
  type ActionName,
  type CatalogItem,
  type ItemId,
  type Placement,
  type PlacementId,
  type TenantId,
} from '@offerstream/contracts';
import { InferenceClient } from '@offerstream/inference-client';
import { tailTopic, type Kafka } from '@offerstream/kafka';
import {
  storeModel,
  trainModel,
  type FamilyName,
  type Interaction,
  type StoredModel,
  type TrainedModel,
} from '@offerstream/learning';
import { splitByTime, type History, type HistoryEvent } from '../events/history.js';
import { HistoryError } from '../events/errors.js';
import { mergeFacts } from '../events/item-facts.js';
import type { Line } from '../line/line.js';
import { readCatalog, readTenant } from '../line/read-topic.js';

export type OnProgress = (share: number, note: string) => void;

export interface TrainOptions {
  readonly tenant: TenantId;
  readonly family: FamilyName;
  readonly history: History;
  /** The share of the events, by time, that is learned from. The items of all of them are known, as a shop knows its catalog. */
  readonly fraction: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Equal data gives equal models. */
const SEED = 1;
const PLACEMENT = { id: 'home' as PlacementId, slots: 20, validitySeconds: 86_400 };
const SERVED_TIMEOUT_MS = 60_000;
const CHECK_SERVED_MS = 200;

/** A trained model can't be brought to serve; the message says what to do. */
export class TrainError extends Error {
  override readonly name = 'TrainError';

  constructor(
    readonly code: 'model-not-served' | 'items-refused',
    readonly canRetry: boolean,
    message: string,
  ) {
    super(message);
  }
}

/** Trains a model and writes it into a repository; no line is needed. */
export const trainOffline = async (repository: string, options: TrainOptions): Promise<[TrainedModel, StoredModel]> => {
  const trained = await train(options, new Map());
  return [trained, await storeModel(repository, trained)];
};

/**
 * Trains a model of a tenant and brings it to serve: the version goes into the line's model repository, the items that it has seen
 * into the catalog, and the tenant's placement is made to rank with it. The promotion is the last step: what is interrupted or
 * fails before changes no offer, and its version is taken away again.
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
  const known = await readTenant(kafka, line.topic('tenants'), tenant, signal);
  const trained = await train(options, catalog);
  const stored = await storeModel(repository, trained);
  try {
    onProgress(0.8, 'waiting for inference to serve it');
    await servedBy(inference, stored, signal);

    const placements = known?.placements ?? [];
    const home: Placement = { ...PLACEMENT, ...placements.find(({ id }) => id === PLACEMENT.id), model: stored.name };
    await control.putTenant({
      id: tenant,
      consent: known?.consent ?? 'assumed',
      placements: [...placements.filter(({ id }) => id !== PLACEMENT.id), home].map(
        ({ id, model, slots, validitySeconds }) => ({ id, model, slots, validitySeconds }),
      ),
    });

    const changed = changedItems(options.history.items, catalog);
    const put = await control.putItems(tenant, interruptible(changed, signal), ({ accepted, failed }) =>
      onProgress(0.85 + (0.1 * (accepted + failed)) / changed.length, 'putting items into the catalog'),
    );
    if (put.failed > 0) {
      const [first] = put.errors;
      const item = changed[(first?.number ?? 1) - 1]?.id ?? '';
      throw new TrainError(
        'items-refused',
        false,
        `${put.failed} items were refused, the first is ${item}: ${first?.reason ?? ''}`,
      );
    }

    signal.throwIfAborted();
    onProgress(0.97, 'promoting');
    await control.promoteModel({
      tenant,
      name: stored.name,
      version: stored.version,
      family: trained.family,
      popular: trained.popular.map((id) => id as ItemId),
    });
  } catch (error) {
    await takeAway(stored);
    throw error;
  }
  await promotionSeen(kafka, line.topic('models'), tenant, stored, signal);
  onProgress(1, 'promoted');
  return [trained, stored];
};

const train = (options: TrainOptions, catalog: ReadonlyMap<string, CatalogItem>): Promise<TrainedModel> => {
  const { tenant, family, history, fraction, signal, onProgress } = options;
  const { training } = splitByTime(history.events, fraction);
  if (training.length === 0) {
    throw new HistoryError('nothing-left', `No event is left to learn from at --train-fraction ${fraction}.`);
  }
  const items = new Map(catalog);
  for (const [id, item] of history.items) items.set(id, mergeFacts(items.get(id), item));
  return trainModel({
    tenant,
    family,
    interactions: interactionsOf(training),
    catalog: items.values(),
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

function* interruptible<Item>(items: readonly Item[], signal: AbortSignal): Generator<Item> {
  for (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

const servedBy = async (address: string, { name, version }: StoredModel, signal: AbortSignal): Promise<void> => {
  const client = new InferenceClient(address);
  try {
    const deadline = performance.now() + SERVED_TIMEOUT_MS;
    while (!(await client.modelReady({ model: name, version, deadlineMs: 1_000 }))) {
      signal.throwIfAborted();
      if (performance.now() > deadline) {
        throw new TrainError(
          'model-not-served',
          true,
          `Inference at ${address} does not serve ${name} version ${version}. Check that it runs and reads this model repository.`,
        );
      }
      await delay(CHECK_SERVED_MS);
    }
  } finally {
    client.close();
  }
};

/** Renamed first, so that no reader finds a version with half of its files. */
const takeAway = async ({ path, version }: StoredModel): Promise<void> => {
  const leaving = join(dirname(path), `.leaving-${version}-${process.pid}`);
  await rename(path, leaving);
  await rm(leaving, { recursive: true });
};

/** The promotion follows all that was put before it, so the data plane then knows the whole. */
const promotionSeen = async (
  kafka: Kafka,
  topic: string,
  tenant: TenantId,
  { name, version }: StoredModel,
  signal: AbortSignal,
): Promise<void> => {
  const seen = Promise.withResolvers<undefined>();
  const stop = (): void => seen.reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  const tail = tailTopic(kafka, topic, {
    from: 'beginning',
    onRecords: (records) => {
      for (const { key, value } of records) {
        if (key?.toString() !== `${tenant}:${name}` || value === null) continue;
        const { version: promoted } = JSON.parse(value.toString()) as { readonly version: string };
        if (promoted === version) seen.resolve(undefined);
      }
    },
  });
  try {
    await Promise.race([seen.promise, tail.failed]);
  } finally {
    signal.removeEventListener('abort', stop);
    await tail.close();
  }
};
