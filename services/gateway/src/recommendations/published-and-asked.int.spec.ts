import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { offerSchema, subjectKey, type Offer, type PlacementId, type SubjectId } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type RunningGateway } from '../running-gateway.fixture.js';
import { DEMO, HOME } from '../shop.fixture.js';
import { ITEMS_OF_SHOP, startInference, trainShop } from '../trained-shop.fixture.js';
import type { RecommendationsResponse } from './recommendation-schemas.js';

const key = newKey();
const PLACEMENTS = [
  { ...HOME, slots: 10 },
  { ...HOME, id: 'like-this' as PlacementId, model: 'demo.content', slots: 20 },
  { ...HOME, id: 'for-you' as PlacementId, model: 'demo.collaborative', slots: 50 },
];
const SHOPPERS = ['anna', 'ben', 'cleo', 'dan'] as SubjectId[];
const EVENTS = 6;

let folder: string;
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;
let personalizer: ChildProcess;

const startPersonalizer = (brokers: readonly string[]): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL('../../../personalizer/dist/main.js', import.meta.url))], {
    env: {
      PATH: process.env['PATH'],
      ADMIN_PORT: '0',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: gateway.naming.prefix,
      TOPIC_SUFFIX: gateway.naming.suffix,
      GROUP_ID: `${gateway.naming.prefix}personalizer`,
      PROFILES_DIR: gateway.profiles,
      INFERENCE_ADDRESS: inference.address,
      INFERENCE_DEADLINE_MS: '10000',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });

beforeAll(async () => {
  folder = await tempFolder();
  const models = await trainShop(folder, ['behaviour', 'content', 'collaborative']);
  inference = await startInference(folder);
  const brokers = await kafkaBrokers();
  gateway = await startGateway(brokers, { INFERENCE_ADDRESS: inference.address });
  for (const item of ITEMS_OF_SHOP) void gateway.putItem(DEMO, item.id, item);
  await gateway.putItem(DEMO, 'i11', { available: false });
  for (const model of models) await gateway.promote(DEMO, model);
  await gateway.setTenant(DEMO, [key], { placements: PLACEMENTS });
  personalizer = startPersonalizer(brokers);
});
afterAll(async () => {
  const ended = once(personalizer, 'exit');
  personalizer.kill('SIGTERM');
  await ended;
  await gateway.stop();
  await inference.stop();
});

const published = async (): Promise<readonly Offer[]> =>
  (await gateway.records('offers')).map(({ value }) => offerSchema.parse(JSON.parse(String(value))));

const newest = (offers: readonly Offer[], subject: SubjectId, placement: PlacementId): Offer | undefined =>
  offers
    .filter((offer) => offer.subject === subject && offer.placement === placement)
    .toSorted((one, other) => other.revision - one.revision)[0];

it('what is recommended on demand is what was published for the same state, and what is read', async () => {
  // Minutes apart, as shoppers are: the ages of what they did decide on the ranking.
  const began = Date.now() - 3_600_000;
  for (const [shopper, subject] of SHOPPERS.entries())
    for (let event = 0; event < EVENTS; event++)
      await gateway.put('clickstream', subjectKey(DEMO, subject), {
        type: 'track',
        event: event === 3 ? 'Product Added' : 'Product Viewed',
        userId: subject,
        messageId: `${subject}-${event}`,
        timestamp: new Date(began + event * 400_000 + shopper * 1_000).toISOString(),
        properties: { product_id: `i${(shopper * 9 + event * 8) % ITEMS_OF_SHOP.length}` },
      });
  let offers: readonly Offer[] = [];
  await until(async () => {
    offers = await published();
    return SHOPPERS.every((subject) =>
      PLACEMENTS.every(({ id }) => newest(offers, subject, id)?.cause.messageId === `${subject}-${EVENTS - 1}`),
    );
  });

  for (const subject of SHOPPERS)
    for (const { id: placement, slots } of PLACEMENTS) {
      const offer = newest(offers, subject, placement);
      expect(offer?.items).toHaveLength(slots);
      const answer = await gateway.call('POST', '/v1/recommendations', { key, body: { subject, placement } });
      const { items, model } = answer.body as unknown as RecommendationsResponse;
      expect({ items, model }).toEqual({ items: offer?.items, model: offer?.model });
      const read = await gateway.call('GET', `/v1/offers/${subject}?placement=${placement}`, { key });
      expect(read.body).toEqual(offer);
    }
});
