import type { ActionName, TenantId } from '@offerstream/contracts';
import { interactionLog, type Interaction } from '../interaction-log.js';
import { rankedCatalog } from '../popularity.js';
import { randomNumbers } from '../random.js';
import type { ItemDescription } from './item-sources.js';
import { learnWeights } from './learn-weights.js';

const LOOKS = 4;
const OF_LOOK = 16;
const ITEMS = LOOKS * OF_LOOK;
/** The last item of each look is put back only. */
const OFFERED = ITEMS - LOOKS;
const SHOPPERS = 48;
const ROUNDS = 12;
const TENANT = 'shop' as TenantId;

/**
 * Shoppers do things with items of their own look, look at others in turn, and put some back; one has looked at all before.
 *
 * @param putBack of a shopper's look, that of the item
 */
const shopping = (own: readonly ActionName[], putBack: (look: number) => number): readonly Interaction[] => {
  const random = randomNumbers(5);
  const some = (below: number): number => Math.floor(random() * below);
  const first = Array.from({ length: ITEMS }, (_, i): Interaction => {
    return { subject: 'first', item: `i${i}`, action: 'view', time: i };
  });
  const others = Array.from({ length: ROUNDS * SHOPPERS }, (_, i): readonly Interaction[] => {
    const subject = `s${i % SHOPPERS}`;
    const look = i % LOOKS;
    const time = (i + 1) * 180_000;
    const item = `i${look + LOOKS * some(OF_LOOK - 1)}`;
    return [
      ...own.map((action) => ({ subject, item, action, time })),
      { subject, item: `i${some(OFFERED)}`, action: 'view', time: time + 60_000 },
      { subject, item: `i${OFFERED + (putBack(look) % LOOKS)}`, action: 'remove', time: time + 120_000 },
    ];
  });
  return [...first, ...others.flat()];
};

const learned = (interactions: readonly Interaction[]) => {
  const log = interactionLog(interactions);
  // Rows in the order of the log, so that popularity doesn't move them.
  const rows = Int32Array.from(log.itemIds.keys());
  const catalog = { ...rankedCatalog(TENANT, log, []), ids: log.itemIds, rows };
  const looks: ItemDescription = {
    kind: 'image',
    source: 'image',
    dimensions: LOOKS,
    vectors: new Float32Array(ITEMS * LOOKS),
  };
  catalog.ids.forEach((id, row) => (looks.vectors[row * LOOKS + (Number(id.slice(1)) % LOOKS)] = 1));
  return learnWeights({ log, catalog, descriptions: [looks], seed: 1 });
};

test('which items are put back changes nothing that is learned', async () => {
  const ownLook = await learned(shopping(['view'], (look) => look));
  expect(await learned(shopping(['view'], (look) => look + 1))).toEqual(ownLook);
});

test('an item that was put into the cart tells as much as one that was looked at three times, as when a model is asked', async () => {
  const viewed = await learned(shopping(['view', 'view', 'view'], (look) => look));
  const carted = await learned(shopping(['remove', 'remove', 'cart'], (look) => look));
  expect(carted.halfLifeMs).toBe(viewed.halfLifeMs);
  expect(carted.likeness[0]).toBeCloseTo(viewed.likeness[0] as number, 2);
  expect(carted.likeness[0]).toBeGreaterThan(0.1);
});
