import { randomUUID } from 'node:crypto';
import { DEFAULT_TOPIC_NAMING, offerSchema, topicOnBroker, type Offer } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { createKafka, tailTopic, type TopicTail } from '@offerstream/kafka';
import { ComposeProject } from './compose-project.js';

/** Fixed and public, as the README has it. */
const WRITE_KEY = 'demo-write-key';
const ITEM = 'running-shoes-07';
const OFFER_TIMEOUT_MS = 30_000;
const PROGRAMS = ['collector', 'control', 'inference', 'personalizer', 'shoppers'];

let project: ComposeProject;
let tail: TopicTail | undefined;
const subject = `compose-${randomUUID()}`;
const offers: Offer[] = [];

const view = async (): Promise<string> => {
  const messageId = randomUUID();
  const response = await fetch(`http://${project.address('COLLECTOR_PORT')}/v1/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
    },
    body: JSON.stringify({ userId: subject, messageId, event: 'Product Viewed', properties: { product_id: ITEM } }),
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

beforeAll(async () => {
  project = await ComposeProject.create();
  await project.up();
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
}, 180_000);

it('every service takes work, and the demo has been set up once and has ended', async () => {
  const states = Object.fromEntries(
    (await project.containers()).map(({ Service, State, Health, ExitCode }) => [Service, [State, Health, ExitCode]]),
  );
  const healthy = ['running', 'healthy', 0];
  expect(states).toEqual({
    ...Object.fromEntries(['kafka', 'postgres', ...PROGRAMS].map((service) => [service, healthy])),
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

it('an event that arrives while the personalizer is away is answered when it is back, and shoppers are still known', async () => {
  const before = await offerAfter(await view());
  await project.compose(['stop', 'personalizer']);
  const missed = await view();
  // A container of its own, which has nothing of the former but the volume.
  await project.compose(['up', '--no-deps', '--force-recreate', '--wait', '--wait-timeout', '90', 'personalizer']);
  const after = await offerAfter(missed);
  expect(after.revision).toBeGreaterThan(before.revision);
});

it('the demo is not set up again by a second start', async () => {
  await project.compose(['up', '--wait', '--wait-timeout', '90']);
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
