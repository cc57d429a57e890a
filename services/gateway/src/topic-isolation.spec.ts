import {
  itemKey,
  offerId,
  subjectKey,
  TOPIC_NAMES,
  TOPIC_USES,
  usageKey,
  vectorText,
  type ItemId,
  type SubjectId,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import type { FollowedTable, RawRecord } from '@offerstream/kafka';
import { followTables } from '@offerstream/ranking';
import { readUsage } from '../../control/dist/billing/read-usage.js';
import { readOutcome } from '../../control/dist/outcomes/read-outcome.js';
import { decodeEvent } from '../../personalizer/dist/steps/decode-event.js';
import { ItemRecords } from '../../trainer/dist/item-records.js';
import { GatewayTables } from './gateway-tables.js';
import { newKey } from './running-gateway.fixture.js';
import { ItemPictures } from './images/item-pictures.js';
import { ItemVectors } from './search/item-vectors.js';
import type { SearchThread } from './search/search-thread.js';
import { HOME, NOW_MS, tenant } from './shop.fixture.js';

const MINE = 'mine' as TenantId;
const THEIRS = 'theirs' as TenantId;
const ANNA = 'anna' as SubjectId;
const SHOE = 'shoe' as ItemId;
const MODEL = 'behaviour';
const AT = new Date(NOW_MS).toISOString();

interface Written {
  readonly key: string;
  readonly value: object;
}

interface Topic {
  readonly key: (tenant: TenantId) => string;
  /** @param mark whatever a reader would see of the value, so that it is seen to be another */
  readonly value: (tenant: TenantId, mark: string) => object;
  /** Whether the value says whose it is. Where only the key does, who writes under their key is them. */
  readonly valueNamesTenant: boolean;
  /** For each service that receives the topic: what their shop has or is owed after these records. */
  readonly seenBy: Readonly<Record<string, (records: readonly Written[]) => unknown>>;
}

/** The tables of a gateway, which others have too, after records of a topic. */
const tablesAfter = (topic: TopicName, records: readonly Written[]): GatewayTables => {
  const tables = new GatewayTables();
  const puts = new Map<TopicName, (key: string, value: Buffer | null) => string | undefined>([
    ['trends', (key, value) => tables.trends.put(key, value)],
    ['searches', (key, value) => tables.searches.put(key, value)],
  ]);
  followTables(
    {
      follow: (name, put) => {
        puts.set(name, put);
        return {} as FollowedTable;
      },
    },
    tables,
  );
  for (const { key, value } of records) puts.get(topic)?.(key, Buffer.from(JSON.stringify(value)));
  return tables;
};

const recordOf = (topic: TopicName, { key, value }: Written): RawRecord => ({
  topic,
  partition: 0,
  offset: 0,
  appendedAt: NOW_MS,
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify(value)),
  headers: {},
});

const shops = tablesAfter(
  'tenants',
  [MINE, THEIRS].map((id) => ({ key: id, value: tenant({ id }) })),
).tenants;
const keys = new Map([MINE, THEIRS].map((id) => [id, newKey()]));

const theirTenant = (records: readonly Written[]): unknown => {
  const { tenants } = tablesAfter('tenants', records);
  const holders = [...keys.values()].map(({ secret }) => tenants.keys.find(secret, NOW_MS)?.tenant === THEIRS);
  return [tenants.get(THEIRS), holders];
};
const theirCatalog = (records: readonly Written[]): unknown => tablesAfter('catalog', records).shop(THEIRS);
const theirVectors = async (records: readonly Written[]): Promise<unknown> => {
  const told: unknown[] = [];
  const ask: SearchThread['ask'] = (id, _kind, asked) => {
    if (id === THEIRS) told.push(asked);
    return Promise.resolve(undefined as never);
  };
  const vectors = new ItemVectors({ ask });
  for (const { key, value } of records) vectors.put(key, Buffer.from(JSON.stringify(value)));
  await new Promise(setImmediate);
  return told;
};
const theirPlaces = (records: readonly Written[]): unknown => {
  const pictures = new ItemPictures({ read: (place) => Promise.resolve(String(place.offset)), timeoutMs: 1 });
  for (const [offset, { key, value }] of records.entries())
    pictures.note(key, { partition: 0, offset, value: Buffer.from(JSON.stringify(value)) });
  return pictures.placeOf(THEIRS, SHOE);
};
/** What the trainer knows of their item by a topic whose values it reads again. */
const theirRecord =
  (topic: TopicName) =>
  (records: readonly Written[]): unknown => {
    const items = new ItemRecords({
      noteOf: (value) => value.toString(),
      read: ({ offset }) => Promise.resolve(String(offset)),
      onChanged: () => undefined,
    });
    for (const [offset, written] of records.entries()) {
      const record = { ...recordOf(topic, written), offset };
      items.put(written.key, record.value, record);
    }
    return [[...items.items(THEIRS)], items.noteOf(THEIRS, SHOE)];
  };
const theirModels = (records: readonly Written[]): unknown => {
  const { models } = tablesAfter('models', records);
  return [models.of(THEIRS), models.popularOf(THEIRS)];
};

const READ_BY_SHOPS: Topic = { key: (id) => id, value: () => ({}), valueNamesTenant: false, seenBy: {} };

/** A topic that is not here, and one with a reader that is not here, fail the test. */
const WALK: Readonly<Record<TopicName, Topic>> = {
  clickstream: {
    key: (id) => subjectKey(id, ANNA),
    value: (id, messageId) => ({
      tenant: id,
      type: 'track',
      event: 'Product Viewed',
      userId: ANNA,
      messageId,
      properties: { product_id: SHOE },
    }),
    valueNamesTenant: false,
    seenBy: {
      personalizer: (records) =>
        records.flatMap((written) => {
          const record = recordOf('clickstream', written);
          const batch = { records: [record] } as never;
          const result = decodeEvent(shops, () => undefined)(record, record, batch);
          return 'value' in result && result.value.tenant.id === THEIRS ? [result.value] : [];
        }),
    },
  },
  'clickstream-failed': READ_BY_SHOPS,
  offers: READ_BY_SHOPS,
  'user-vectors': READ_BY_SHOPS,
  catalog: {
    key: (id) => itemKey(id, SHOE),
    value: (id, title) => ({ tenant: id, id: SHOE, title }),
    valueNamesTenant: false,
    seenBy: { personalizer: theirCatalog, gateway: theirCatalog, trainer: theirCatalog },
  },
  pictures: {
    key: (id) => itemKey(id, SHOE),
    value: (_, mark) => ({ mark }),
    valueNamesTenant: false,
    seenBy: { gateway: theirPlaces, trainer: theirRecord('pictures') },
  },
  'item-vectors': {
    key: (id) => itemKey(id, SHOE),
    value: (_, model) => ({
      id: SHOE,
      text: { model, version: '1', vector: vectorText(Float32Array.of(0, 1)) },
      image: { model, version: '1', vector: vectorText(Float32Array.of(1, 0)) },
    }),
    valueNamesTenant: false,
    seenBy: { gateway: theirVectors, trainer: theirRecord('item-vectors') },
  },
  tenants: {
    key: (id) => id,
    value: (id, mark) =>
      tenant({ id, keys: [keys.get(id)?.record], placements: [{ ...HOME, model: `${MODEL}-${mark}` }] }),
    valueNamesTenant: true,
    seenBy: { collector: theirTenant, personalizer: theirTenant, gateway: theirTenant },
  },
  models: {
    key: (id) => `${id}:${MODEL}`,
    value: (id, item) => ({
      tenant: id,
      name: MODEL,
      version: '1',
      family: 'behaviour',
      popular: [item],
      promotedAt: AT,
    }),
    valueNamesTenant: true,
    seenBy: { personalizer: theirModels, gateway: theirModels, trainer: theirModels },
  },
  outcomes: {
    key: (id) => subjectKey(id, ANNA),
    value: (id, mark) => ({
      id: mark,
      tenant: id,
      subject: ANNA,
      type: 'click',
      offerId: offerId(id, ANNA, '0:7', { placement: HOME.id, model: undefined, strategy: 'popular' }),
      items: [],
      orderId: null,
      currency: null,
      bot: false,
      occurredAt: AT,
    }),
    valueNamesTenant: true,
    seenBy: {
      control: (records) =>
        records.flatMap((written) => {
          const read = readOutcome(recordOf('outcomes', written), 0);
          return read.kind === 'touch' && read.touch.tenant === THEIRS ? [read.touch] : [];
        }),
    },
  },
  usage: {
    key: (id) => usageKey(id, 'gateway', 'a', AT),
    value: (id, meter) => ({ tenant: id, source: 'gateway', epoch: 'a', window: AT, counts: { [meter]: 1 } }),
    valueNamesTenant: true,
    seenBy: {
      control: (records) =>
        records.flatMap((written) => {
          const read = readUsage(recordOf('usage', written));
          return read.kind === 'usage' && read.usage.tenant === THEIRS ? [read.usage] : [];
        }),
    },
  },
  trends: {
    key: (id) => `${id}:source`,
    value: (id, item) => ({
      tenant: id,
      source: 'source',
      at: AT,
      halfLifeSeconds: 3_600,
      items: [{ item, weight: 1 }],
    }),
    valueNamesTenant: true,
    seenBy: { gateway: (records) => tablesAfter('trends', records).trends.top(THEIRS, NOW_MS) },
  },
  searches: {
    key: (id) => `${id}:source`,
    value: (id, query) => ({
      tenant: id,
      source: 'source',
      at: AT,
      halfLifeSeconds: 3_600,
      queries: [{ query, count: 3 }],
    }),
    valueNamesTenant: true,
    seenBy: { gateway: (records) => [...tablesAfter('searches', records).searches.of(THEIRS, NOW_MS)] },
  },
};

it.each(TOPIC_NAMES)('%s has an entry here for each service that receives it', (topic) => {
  expect(Object.keys(WALK[topic].seenBy).sort()).toEqual([...TOPIC_USES[topic].receivedBy].sort());
});

describe.each(
  TOPIC_NAMES.flatMap((topic) => Object.entries(WALK[topic].seenBy).map(([reader, seen]) => ({ topic, reader, seen }))),
)('what $reader reads of $topic', ({ topic, seen }) => {
  const { key, value, valueNamesTenant } = WALK[topic];
  const theirOwn = { key: key(THEIRS), value: value(THEIRS, 'own') };

  it('is theirs under their key', async () => {
    const before = await seen([theirOwn]);
    expect(await seen([])).not.toEqual(before);
    expect(await seen([theirOwn, { key: key(THEIRS), value: value(THEIRS, 'other') }])).not.toEqual(before);
  });

  it('changes nothing of theirs under my key, whoever the value says that it is of', async () => {
    for (const shop of [MINE, THEIRS])
      expect(await seen([theirOwn, { key: key(MINE), value: value(shop, 'other') }])).toEqual(await seen([theirOwn]));
  });

  if (valueNamesTenant)
    it('changes nothing of theirs under their key where the value says that it is mine', async () => {
      expect(await seen([theirOwn, { key: key(THEIRS), value: value(MINE, 'other') }])).toEqual(await seen([theirOwn]));
    });
});
