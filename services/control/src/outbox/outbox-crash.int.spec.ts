// eslint-disable-next-line no-restricted-imports -- the time that passes for a dead relay is written into its table
import pg from 'pg';
import {
  freshPlace,
  recordsOf,
  startControlProcess,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type ControlProcess,
} from '../running-control.fixture.js';

let place: ControlPlace;
const started: ControlProcess[] = [];
const start = async (faults = ''): Promise<ControlProcess> => {
  const control = await startControlProcess(place, faults);
  started.push(control);
  return control;
};
beforeEach(async () => {
  place = await freshPlace();
});
afterEach(() => Promise.all(started.splice(0).map((control) => control.kill('SIGKILL'))));

const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: place.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

/** As if the time in which a dead relay's batch may still arrive had passed. */
const letTheDeadBeForgotten = () =>
  query(`UPDATE outbox_relay SET publishing_since = publishing_since - interval '1 hour'`);

/** As if it had died just now, however long the next one takes to start. */
const letTheDeadBeRemembered = () =>
  query(`UPDATE outbox_relay SET publishing_since = publishing_since + interval '1 hour'`);

const outboxIsEmpty = async () => (await query('SELECT FROM outbox LIMIT 1')).length === 0;

const ITEMS = ['a', 'b', 'c'];

const createTenant = async (control: ControlProcess): Promise<void> => {
  await until(async () => {
    const answer = await control.call('PUT', '/v1/tenants/shop', { consent: 'assumed', placements: [] });
    return answer.status === 200;
  });
};

/** One change of every item; the price counts the changes. */
const change = async (control: ControlProcess, round: number): Promise<void> => {
  const lines = ITEMS.map((id) => JSON.stringify({ id, price: round })).join('\n');
  const answer = await control.call('POST', '/v1/catalog/items?tenant=shop', lines);
  expect(answer.body).toMatchObject({ accepted: ITEMS.length });
};

/** The prices of each item in the order of the topic. */
const publishedPrices = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
  const prices = new Map<string, number[]>(ITEMS.map((id) => [id, []]));
  for (const { key, value } of await recordsOf(place, 'catalog')) {
    const { price } = JSON.parse(value?.toString() ?? '') as { price: number };
    prices.get(key?.toString().split(':')[1] ?? '')?.push(price);
  }
  return prices;
};

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Nothing missing, first sights in order, the newest last. */
const expectEachInOrder = async (changes: number): Promise<ReadonlyMap<string, readonly number[]>> => {
  const prices = await publishedPrices();
  for (const id of ITEMS) {
    const seen = prices.get(id) ?? [];
    expect([...new Set(seen)]).toEqual(upTo(changes));
    expect(seen.at(-1)).toBe(changes);
  }
  return prices;
};

describe('a relay that is killed', () => {
  it.each(['outbox-before-publish', 'outbox-after-publish', 'outbox-after-delete'])(
    'at %s loses nothing and keeps the order of each item',
    async (point) => {
      const dying = await start(`${point}=kill@4`);
      await createTenant(dying);
      let round = 0;
      while (round < 100) {
        round++;
        const taken = await change(dying, round).then(
          () => true,
          () => false,
        );
        if (!taken) break;
      }
      expect(await dying.ended).toBe('SIGKILL');
      await letTheDeadBeForgotten();

      const next = await start();
      // The change that met the death may have been kept or not.
      await until(async () => (await next.call('GET', '/v1/tenants')).status === 200);
      await change(next, round);
      await change(next, round + 1);
      await until(outboxIsEmpty);
      const prices = await expectEachInOrder(round + 1);
      const repeated = ITEMS.some((id) => (prices.get(id)?.length ?? 0) > round + 1);
      if (point === 'outbox-after-publish') expect(repeated).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'is not followed at once when its batch may still be on its way',
    async () => {
      const dying = await start('outbox-before-publish=kill@2');
      await createTenant(dying);
      await until(outboxIsEmpty).catch(() => undefined);
      await change(dying, 1).catch(() => undefined);
      expect(await dying.ended).toBe('SIGKILL');
      await letTheDeadBeRemembered();
      const next = await start();
      await until(async () => (await next.call('GET', '/v1/tenants')).status === 200);
      await until(() => next.log().some((line) => line.includes('publishing goes on in')));
      expect(await recordsOf(place, 'catalog')).toEqual([]);
      expect(await next.kill('SIGTERM')).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});

it(
  'two instances that start together on nothing share one token, and changes through both are published in order',
  async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.token).toBe(other.token);
    await createTenant(one);
    await createTenant(other);
    for (let round = 1; round <= 20; round++) await change(round % 2 === 0 ? one : other, round);
    await until(outboxIsEmpty);
    await expectEachInOrder(20);

    await one.kill('SIGKILL');
    await letTheDeadBeForgotten();
    for (let round = 21; round <= 30; round++) await change(other, round);
    await until(outboxIsEmpty);
    await expectEachInOrder(30);
  },
  TEST_TIMEOUT_MS,
);
