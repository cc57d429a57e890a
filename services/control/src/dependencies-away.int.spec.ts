import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type RunningPostgres } from '@offerstream/infra';
import { makeApiKey } from '@offerstream/tenancy';
import { startOwnKafka, tempFolder } from '@offerstream/testing';
import {
  freshPlace,
  recordsOf,
  startControl,
  tableOnceIt,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type RunningControl,
} from './running-control.fixture.js';

const TENANT = { consent: 'assumed', placements: [] };

const put = (control: RunningControl, tenant: string) => control.call('PUT', `/v1/tenants/${tenant}`, TENANT);

const ready = (control: RunningControl) => () => control.health.ready().ok;

/** A port that passes on to a Postgres until it is frozen; then it takes all, and answers nothing. */
const freezing = async (postgres: RunningPostgres) => {
  const { hostname, port } = new URL(postgres.url);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => isFrozen || to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(postgres.url);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    freeze: () => (isFrozen = true),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

/** After that the service is ended by force, see `runService`. */
const STOP_TIMEOUT_MS = 20_000;

describe('Postgres', () => {
  let postgres: RunningPostgres;
  let place: ControlPlace;
  beforeEach(async () => {
    postgres = await startPostgres({ dataDir: await tempFolder(), port: 0, log: () => undefined, env: {} });
    place = await freshPlace({ databaseUrl: postgres.url });
  });
  afterEach(() => postgres.stop());

  it(
    'killed and back: requests are answered 503 meanwhile, and everything goes on by itself',
    async () => {
      const control = await startControl(place);
      try {
        await until(ready(control));
        expect((await put(control, 'before')).status).toBe(200);
        const owner = { tenant: 'owned', email: 'ann@example.com', password: 'correct horse battery' };
        const { body } = await control.callAs(undefined, 'POST', '/v1/sign-ups', owner);
        const { token } = body['session'] as { token: string };
        for (let time = 1; time <= 2; time++) {
          await (time === 1 ? postgres.kill() : postgres.stop());
          const requests = [
            put(control, 'meanwhile'),
            control.call('GET', '/v1/tenants'),
            control.call('POST', '/v1/catalog/items?tenant=before', '{"id":"a"}'),
            control.call('DELETE', '/v1/catalog/items/a?tenant=before'),
            control.callAs(token, 'GET', '/v1/tenants/owned'),
            control.callAs(makeApiKey({ kind: 'sk', mode: 'live' }, new Uint8Array(32)), 'GET', '/v1/tenants/owned'),
            control.callAs(undefined, 'POST', '/v1/sessions', owner),
          ];
          for (const answer of await Promise.all(requests)) {
            expect(answer).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
            expect(answer.headers.get('retry-after')).toBe('2');
          }
          await until(() => !ready(control)());
          expect(await control.metrics.metrics()).toMatch(/^offerstream_control_outbox_records Nan$/im);
          await postgres.restart();
          await until(ready(control));
          expect((await put(control, `after-${time}`)).status).toBe(200);
          expect((await control.callAs(token, 'GET', '/v1/tenants/owned')).status).toBe(200);
        }
        const tenants = await tableOnceIt(place, 'tenants', (table) => table.has('after-2'));
        expect([...tenants.keys()].sort()).toEqual(['after-1', 'after-2', 'before', 'owned']);
      } finally {
        await control.close();
      }
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'frozen: the service stops in time, with the requests that wait for it',
    async () => {
      const frozen = await freezing(postgres);
      try {
        const control = await startControl({ ...place, databaseUrl: frozen.url });
        await until(ready(control));
        frozen.freeze();
        const waiting = put(control, 'shop');
        // The watch is in the middle of its next question by then.
        await sleep(2_000);
        const askedAt = performance.now();
        await control.close();
        expect(performance.now() - askedAt).toBeLessThan(STOP_TIMEOUT_MS);
        expect(await waiting).toMatchObject({ status: 503 });
      } finally {
        frozen.close();
      }
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'away at the start: the service starts, answers 503, and makes the tables when it comes',
    async () => {
      await postgres.stop();
      const control = await startControl(place);
      try {
        expect(await put(control, 'early')).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
        expect(control.health.ready().checks['database']).toMatchObject({ ok: false });
        await postgres.restart();
        await until(ready(control));
        expect((await put(control, 'later')).status).toBe(200);
      } finally {
        await control.close();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

it(
  'Kafka away: changes are taken and wait, readiness tells, and they are published in order when it is back',
  async () => {
    const kafka = await startOwnKafka();
    const place = await freshPlace({ brokers: kafka.brokers });
    const control = await startControl(place);
    try {
      await until(ready(control));
      await put(control, 'shop');
      await tableOnceIt(place, 'tenants', (table) => table.has('shop'));
      await until(async () => /^offerstream_control_outbox_records 0$/m.test(await control.metrics.metrics()));
      await kafka.kill();
      for (let price = 1; price <= 20; price++) {
        const answer = await control.call('POST', '/v1/catalog/items?tenant=shop', { id: 'a', price });
        expect(answer.status).toBe(200);
      }
      await until(() => control.health.ready().checks['outbox']?.ok === false);
      const metrics = await control.metrics.metrics();
      expect(metrics).toMatch(/^offerstream_control_outbox_records 20$/m);
      expect(metrics).toMatch(/^offerstream_control_outbox_age_seconds (?!0$)/m);
      await kafka.restart();
      await until(ready(control));
      await tableOnceIt(place, 'catalog', (table) => JSON.stringify(table.get('shop:a') ?? '').includes('"price":20,'));
      const prices = (await recordsOf(place, 'catalog')).map(
        ({ value }) => (JSON.parse(value?.toString() ?? '') as { price: number }).price,
      );
      expect([...new Set(prices)]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(prices.at(-1)).toBe(20);
    } finally {
      await control.close();
      await kafka.stop();
    }
  },
  TEST_TIMEOUT_MS,
);
