import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freshDatabase, kafkaBrokers, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { storeTrigrams } from '../language/trained-language.fixture.js';
import { startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';

const MAIN = fileURLToPath(new URL('../../../control/dist/main.js', import.meta.url));
const LIMIT = 40;
const MODEL = 'shop.language';
const naming = uniqueTopicNaming();

let control: ChildProcess;
let controlUrl: string;
let dataFolder: string;
let key: { readonly secret: string };
let gateways: [RunningGateway, RunningGateway];

const startControl = async (brokers: readonly string[]): Promise<string> => {
  control = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      ADMIN_PORT: '0',
      CONTROL_PORT: '0',
      CONTROL_DATA: dataFolder,
      DATABASE_URL: await freshDatabase(),
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: naming.prefix,
      TOPIC_SUFFIX: naming.suffix,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: control.stdout as NodeJS.ReadableStream });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const [, url] = /answers on (http:[^"\s]+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    control.once('exit', (code) => reject(new Error(`control ended with ${code}`)));
  });
};

/** As the operator. */
const tell = async (method: string, path: string, body?: object): Promise<Answer['body']> => {
  const token = (await readFile(join(dataFolder, 'admin-token'), 'utf8')).trim();
  const response = await fetch(new URL(path, controlUrl), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${text}`);
  return JSON.parse(text) as Answer['body'];
};

const priced = { included: 0, limit: LIMIT, tiers: [{ upTo: null, pricePerThousandMicros: 1_000 }] };

beforeAll(async () => {
  const brokers = await kafkaBrokers();
  dataFolder = await tempFolder();
  controlUrl = await startControl(brokers);
  await until(() =>
    tell('PUT', '/v1/plans/small', {
      name: 'Small',
      currency: 'EUR',
      whileUnknown: 'refuse',
      requestsPerSecond: 1_000,
      meters: { offers: priced, recommendations: priced, tokens: priced },
    }).then(
      () => true,
      () => false,
    ),
  );
  await tell('PUT', '/v1/tenants/shop', {
    consent: 'assumed',
    placements: [{ id: 'home', model: 'shop.behaviour', slots: 3, validitySeconds: 3_600 }],
  });
  await tell('PUT', '/v1/tenants/shop/plan', { plan: 'small' });
  key = { secret: String((await tell('POST', '/v1/tenants/shop/keys', { purpose: 'site', kind: 'sk' }))['key']) };
  const repository = await tempFolder();
  await storeTrigrams(repository, MODEL);
  const env = {
    MODELS_DIR: repository,
    TOPIC_PREFIX: naming.prefix,
    TOPIC_SUFFIX: naming.suffix,
    CONTROL_URL: controlUrl,
    SERVICE_TOKEN_FILE: join(dataFolder, 'services/service-token'),
  };
  gateways = [await startGateway(brokers, env), await startGateway(brokers, env)];
  // Outcomes cost nothing.
  for (const gateway of gateways)
    await until(async () => (await gateway.call('POST', '/v1/outcomes', { key, body: {} })).status === 400);
});
afterAll(async () => {
  await gateways[0].stop();
  control.kill('SIGKILL');
});

/** While a busy control has not told in time what is left, a request is refused and may be sent again. */
const onceKnown = async (ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    const answer = await ask();
    if (answer.body['code'] !== 'quota-unknown') return answer;
  }
};

const read = (gateway: RunningGateway): Promise<Answer> =>
  onceKnown(() => gateway.call('GET', '/v1/offers/anna?placement=home', { key }));

it('gateways share a quota of control: it is used up to the last unit and never beyond', async () => {
  const answers = await Promise.all(
    Array.from({ length: LIMIT / 2 }, async () => [await read(gateways[0]), await read(gateways[1])]),
  );
  const statuses = answers.flat().map(({ status }) => status);
  // What the one had asked for when the other got nothing any more is spent here.
  for (let more = 0; more < 20; more++) for (const gateway of gateways) statuses.push((await read(gateway)).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(LIMIT);
  const refused = await read(gateways[0]);
  expect([refused.status, refused.body['code']]).toEqual([429, 'quota-used-up']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(31 * 86_400);
});

it('a request takes of a quota what it may use, and gives back what it did not', async () => {
  const [gateway] = gateways;
  const complete = (maxTokens: number) =>
    onceKnown(() =>
      gateway.call('POST', '/v1/completions', {
        key,
        body: { model: MODEL, prompt: 'blue polka', temperature: 0, max_tokens: maxTokens },
      }),
    );
  await until(async () => (await gateway.call('GET', '/v1/models', { key })).text.includes(MODEL));
  // Each may use 21, for ten characters are five words at most, and uses 4.
  const answers: Answer[] = [];
  for (let asked = 0; asked < 6; asked++) answers.push(await complete(16));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers[5]?.body).toMatchObject({ code: 'quota-used-up', error: { type: 'rate_limit_error' } });
  expect(answers[5]?.headers.get('x-should-retry')).toBe('false');
  expect((await complete(2)).status).toBe(200);
});

it('a gateway that ends has told when its keys were used last', async () => {
  const made = await tell('POST', '/v1/tenants/shop/keys', { purpose: 'seldom used', kind: 'sk' });
  const lastUse = async (): Promise<unknown> => {
    const { keys } = await tell('GET', '/v1/tenants/shop/keys');
    const all = keys as readonly { readonly id: unknown; readonly lastUsedAt: string | null }[];
    return all.find(({ id }) => id === made['id'])?.lastUsedAt;
  };
  expect(await lastUse()).toBeNull();
  const seldomUsed = { secret: String(made['key']) };
  await until(async () => (await gateways[1].call('GET', '/v1/models', { key: seldomUsed })).status === 200);
  await gateways[1].stop();
  expect(await lastUse()).not.toBeNull();
});

it('while control is away nobody knows how much is left, and the plan has requests refused', async () => {
  const ended = once(control, 'exit');
  control.kill('SIGKILL');
  await ended;
  const [gateway] = gateways;
  const refused = await gateway.call('POST', '/v1/recommendations', { key, body: { subject: 'anna' } });
  expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
    503,
    'quota-unknown',
    '5',
  ]);
  expect((await gateway.call('POST', '/v1/outcomes', { key, body: {} })).status).toBe(400);
});
