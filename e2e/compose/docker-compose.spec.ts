import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_NAMING, offerSchema, topicOnBroker, type Offer } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { createKafka, tailTopic, type TopicTail } from '@offerstream/kafka';
import { ComposeProject } from './compose-project.js';

/** Fixed and public, as the README has it. */
const WRITE_KEY = 'demo-write-key';
const ITEM = 'running-shoes-07';
const OTHER_ITEM = 'tents-12';
const OFFER_TIMEOUT_MS = 120_000;
/** Before it comes, models learn what the shop's pictures show and what its items are like. */
const NEW_PRODUCT_TIMEOUT_MS = 500_000;
const PERSONALIZERS = ['personalizer', 'second-personalizer'];
const PROGRAMS = [
  'collector',
  'control',
  'inference',
  ...PERSONALIZERS,
  'gateway',
  'second-gateway',
  'trainer',
  'shoppers',
  'assortment',
];
const GATEWAYS = ['GATEWAY_PORT', 'SECOND_GATEWAY_PORT'] as const;

let project: ComposeProject;
let tail: TopicTail | undefined;
let key = '';
const subject = `compose-${randomUUID()}`;
/** So many that each of two personalizers has some of them. */
const shoppers = Array.from({ length: 16 }, (_, index) => `${subject}-${index}`);
const offers: Offer[] = [];

/** @returns its message id, acknowledged */
const view = async (by = subject, item = ITEM): Promise<string> => {
  const messageId = randomUUID();
  const response = await fetch(`http://${project.address('COLLECTOR_PORT')}/v1/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
    },
    body: JSON.stringify({ userId: by, messageId, event: 'Product Viewed', properties: { product_id: item } }),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
  return messageId;
};

const offerAfter = async (messageId: string): Promise<Offer> => {
  const find = () => offers.find(({ cause, placement }) => cause.messageId === messageId && placement === 'home');
  await waitUntil(() => find() !== undefined, { timeoutMs: OFFER_TIMEOUT_MS });
  const offer = find();
  if (offer === undefined) throw new Error(`no offer within ${OFFER_TIMEOUT_MS} ms`);
  return offer;
};

/** What a gateway answers to the demo's key. */
const ask = async (gateway: (typeof GATEWAYS)[number], path: string, body?: object): Promise<unknown> => {
  const response = await fetch(`http://${project.address(gateway)}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.anything()]);
  return JSON.parse(text);
};

/** Once Valkey answers in time: where it does not, gateways do with what they have. */
const expectOffer = async (gateway: (typeof GATEWAYS)[number], offer: Offer): Promise<void> => {
  let answer: unknown;
  const isIt = async (): Promise<boolean> => {
    answer = await ask(gateway, `/v1/offers/${subject}?placement=home`);
    return (answer as Offer).id === offer.id;
  };
  await waitUntil(isIt, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 250 });
  expect(answer).toEqual(offer);
};

const expectRecentlyViewed = async (by: string, viewed: readonly string[]): Promise<void> => {
  let found: readonly string[] = [];
  const areThey = async (): Promise<boolean> => {
    const { items } = (await ask('GATEWAY_PORT', `/v1/subjects/${by}/recently-viewed`)) as {
      readonly items: readonly { readonly item: string }[];
    };
    found = items.map(({ item }) => item);
    return found.join() === viewed.join();
  };
  await waitUntil(areThey, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 250 });
  expect(found).toEqual(viewed);
};

/** By the command of the documents. */
const readKey = async (): Promise<string> => {
  const page = await readFile(new URL('../../docs/running.md', import.meta.url), 'utf8');
  const command = /^key=\$\(docker compose (.+)\)$/m.exec(page)?.[1];
  if (command === undefined) throw new Error('docs/running.md does not say how to get the key.');
  return project.compose(command.split(' '));
};

beforeAll(async () => {
  project = await ComposeProject.create();
  await project.up();
  key = await readKey();
  const kafka = createKafka({
    brokers: [project.address('KAFKA_PORT')],
    clientId: 'test',
    naming: DEFAULT_TOPIC_NAMING,
  });
  tail = tailTopic(kafka, topicOnBroker('offers', DEFAULT_TOPIC_NAMING), {
    onRecords: (records) => {
      for (const { value } of records) offers.push(offerSchema.parse(JSON.parse(String(value))));
    },
  });
  tail.failed.catch(() => undefined);
  await tail.started;
}, 1_200_000);

afterAll(async () => {
  await tail?.close();
  await project.down();
});

it('every service takes work, and the demo has been set up once and has ended', async () => {
  const states = Object.fromEntries(
    (await project.containers()).map(({ Service, State, Health, ExitCode }) => [Service, [State, Health, ExitCode]]),
  );
  const healthy = ['running', 'healthy', 0];
  expect(states).toEqual({
    ...Object.fromEntries(['kafka', 'postgres', 'valkey', ...PROGRAMS].map((service) => [service, healthy])),
    demo: ['exited', '', 0],
  });
});

it('no program runs as root, and none can write but to its volumes', async () => {
  for (const service of PROGRAMS) {
    const script = 'id -u; touch /app/x 2>/dev/null || echo read-only; grep CapEff /proc/self/status';
    const answer = await project.compose(['exec', '-T', service, 'bash', '-c', script]);
    expect([service, answer.split(/\s+/)]).toEqual([service, ['1000', 'read-only', 'CapEff:', '0000000000000000']]);
  }
});

it('an event at the published collector becomes an offer on the published Kafka, a personal one once the model is warm', async () => {
  const personal = async (): Promise<boolean> => {
    const offer = await offerAfter(await view());
    expect(offer).toMatchObject({ tenant: 'demo', subject, placement: 'home', model: { name: 'demo.behaviour' } });
    expect(offer.items).toHaveLength(20);
    return offer.items.every(({ strategy }) => strategy === 'personal');
  };
  expect(await waitUntil(personal, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 250 })).toBe(true);
});

it('simulated shoppers get offers', async () => {
  const others = () => offers.some((offer) => offer.subject !== subject);
  expect(await waitUntil(others, { timeoutMs: OFFER_TIMEOUT_MS })).toBe(true);
});

it("the demo's key, found as the documents say, opens both gateways", async () => {
  const offer = await offerAfter(await view());
  for (const gateway of GATEWAYS) {
    await expectOffer(gateway, offer);
    const isPersonal = async (): Promise<boolean> => {
      const { items } = (await ask(gateway, '/v1/recommendations', { subject, placement: 'home' })) as Offer;
      expect(items).toHaveLength(20);
      return items.every(({ strategy }) => strategy === 'personal');
    };
    expect(await waitUntil(isPersonal, { timeoutMs: OFFER_TIMEOUT_MS, everyMs: 250 })).toBe(true);
    expect((await fetch(`http://${project.address(gateway)}/docs`)).status).toBe(200);
    expect((await fetch(`http://${project.address(gateway)}/v1/offers/${subject}?placement=home`)).status).toBe(401);
  }
});

it('offers are still to be had while one gateway is stopped', async () => {
  const offer = await offerAfter(await view());
  await project.compose(['stop', 'gateway']);
  await expectOffer('SECOND_GATEWAY_PORT', offer);
  await project.compose(['up', '--no-deps', '--wait', '--wait-timeout', '240', 'gateway']);
});

it('the shop comes to sell something new, which somebody is offered', async () => {
  // Newcomers are numbered from 1001.
  const isNew = ({ placement, items }: Offer): boolean =>
    placement === 'discover' && items.some(({ item }) => /-1\d{3}$/.test(item));
  expect(await waitUntil(() => offers.some(isNew), { timeoutMs: NEW_PRODUCT_TIMEOUT_MS, everyMs: 500 })).toBe(true);
}, 600_000);

it('a Valkey that is killed and comes back has lost nothing, and the line goes on by itself', async () => {
  await Promise.all(shoppers.map(async (shopper) => offerAfter(await view(shopper))));
  const back = new AbortController();
  const restart = project.compose(['restart', '--timeout', '0', 'valkey']).finally(() => back.abort());
  const meanwhile: string[] = [];
  while (!back.signal.aborted) {
    meanwhile.push(await view(`${subject}-meanwhile-${meanwhile.length}`));
    await sleep(20);
  }
  await restart;
  await Promise.all(meanwhile.map(offerAfter));
  await Promise.all(shoppers.map(async (shopper) => offerAfter(await view(shopper, OTHER_ITEM))));
  for (const shopper of shoppers) await expectRecentlyViewed(shopper, [OTHER_ITEM, ITEM]);
  const restarts = await project.restarts();
  expect(Object.keys(restarts)).toEqual(expect.arrayContaining(PROGRAMS));
  expect(Object.entries(restarts).filter(([, count]) => count > 0)).toEqual([]);
});

it('when a personalizer dies, the other one answers its shoppers', async () => {
  await project.compose(['kill', 'second-personalizer']);
  await Promise.all(shoppers.map(async (shopper) => offerAfter(await view(shopper))));
});

it('events that arrive while no personalizer is there are answered when one is back, and shoppers are still known', async () => {
  await project.compose(['stop', ...PERSONALIZERS]);
  const missed = await Promise.all(shoppers.map((shopper) => view(shopper, OTHER_ITEM)));
  // Containers of their own, which have nothing of the former.
  await project.compose([
    ...['up', '--no-deps', '--force-recreate', '--wait', '--wait-timeout', '240'],
    ...PERSONALIZERS,
  ]);
  await Promise.all(missed.map(offerAfter));
  for (const shopper of shoppers) await expectRecentlyViewed(shopper, [OTHER_ITEM, ITEM]);
});

it('the demo is not set up again by a second start', async () => {
  await project.compose(['up', '--wait', '--wait-timeout', '240']);
  expect(await project.compose(['logs', '--no-log-prefix', 'demo'])).toContain('has been set up before');
});

it('stops every program by itself, without an error', async () => {
  await project.compose(['stop']);
  const ended = (await project.containers()).filter(({ Service }) => PROGRAMS.includes(Service));
  expect(ended.map(({ Service, ExitCode }) => [Service, ExitCode])).toEqual(
    expect.arrayContaining(PROGRAMS.map((service) => [service, 0])),
  );
});

it('leaves nothing behind when it is taken down', async () => {
  expect(await project.leftovers()).not.toEqual([]);
  await project.down();
  expect(await project.leftovers()).toEqual([]);
});
