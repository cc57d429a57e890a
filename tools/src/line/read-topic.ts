import {
  catalogItemSchema,
  itemVectorsSchema,
  splitKey,
  tenantSchema,
  type CatalogItem,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import { comparableVectors, type ItemVectors } from '@offerstream/learning';
import type { z } from 'zod';
import { endOffsets, tailTopic, type Kafka, type RawRecord } from '@offerstream/kafka';

/**
 * Hands over all that a topic (name on the broker) has now, and nothing that comes meanwhile, each partition's records in order.
 *
 * @throws the signal's reason when it aborts
 */
export const readToEnd = async (
  kafka: Kafka,
  topic: string,
  onRecords: (records: readonly RawRecord[]) => void | Promise<void>,
  {
    from = 'beginning',
    signal,
  }: { readonly from?: 'beginning' | ReadonlyMap<number, number>; readonly signal?: AbortSignal } = {},
): Promise<void> => {
  const ends = await endOffsets(kafka, topic);
  const caughtUp = Promise.withResolvers<undefined>();
  const tail = tailTopic(kafka, topic, {
    from,
    onRecords: (records) => onRecords(records.filter(({ partition, offset }) => offset < (ends.get(partition) ?? 0))),
    onCaughtUp: () => caughtUp.resolve(undefined),
  });
  const stop = (): void => caughtUp.reject(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    await Promise.race([caughtUp.promise, tail.failed]);
  } finally {
    signal?.removeEventListener('abort', stop);
    await tail.close();
  }
};

/** The tenant as the data plane knows it now; undefined when there is none. */
export const readTenant = async (
  kafka: Kafka,
  topic: string,
  tenant: TenantId,
  signal?: AbortSignal,
): Promise<Tenant | undefined> => {
  let found: Tenant | undefined;
  await readToEnd(
    kafka,
    topic,
    (records) => {
      for (const { key, value } of records) {
        if (key?.toString() !== tenant) continue;
        found = value === null ? undefined : tenantSchema.parse(JSON.parse(value.toString()));
      }
    },
    signal === undefined ? {} : { signal },
  );
  return found;
};

/** What `item-vectors` says of a tenant's items, by item. */
export type ItemVectorRecords = Map<string, z.output<typeof itemVectorsSchema>>;

/** Takes records of the topic into what is known of a tenant. @returns whether one was of that tenant */
export const takeItemVectors = (known: ItemVectorRecords, tenant: TenantId, read: readonly RawRecord[]): boolean => {
  let isOfTenant = false;
  for (const { key, value } of read) {
    const parts = key === null ? undefined : splitKey(key.toString());
    if (parts?.tenant !== tenant) continue;
    isOfTenant = true;
    if (value === null) known.delete(parts.rest);
    else known.set(parts.rest, itemVectorsSchema.parse(JSON.parse(value.toString())));
  }
  return isOfTenant;
};

/**
 * What models of words and pictures made of a tenant's items. Vectors of different versions can't be compared: of each kind those of the
 * version that made the most are taken.
 */
export const readItemVectors = async (
  kafka: Kafka,
  topic: string,
  tenant: TenantId,
  signal?: AbortSignal,
): Promise<ItemVectors> => {
  const records: ItemVectorRecords = new Map();
  await readToEnd(
    kafka,
    topic,
    (read) => void takeItemVectors(records, tenant, read),
    signal === undefined ? {} : { signal },
  );
  return comparableVectors(records);
};

/** A tenant's catalog, by item. */
export const readCatalog = async (
  kafka: Kafka,
  topic: string,
  tenant: TenantId,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, CatalogItem>> => {
  const items = new Map<string, CatalogItem>();
  await readToEnd(
    kafka,
    topic,
    (records) => {
      for (const { key, value } of records) {
        const parts = key === null ? undefined : splitKey(key.toString());
        if (parts?.tenant !== tenant) continue;
        if (value === null) items.delete(parts.rest);
        else items.set(parts.rest, catalogItemSchema.parse(JSON.parse(value.toString())));
      }
    },
    signal === undefined ? {} : { signal },
  );
  return items;
};
