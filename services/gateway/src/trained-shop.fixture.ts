import { createServer, type AddressInfo } from 'node:net';
import { ACTION, itemHash, type CatalogItem, type ItemId, type PromotedModel } from '@offerstream/contracts';
import { createInference, readConfig } from '@offerstream/inference';
import { storeModel, trainModel, type FamilyName, type Interaction } from '@offerstream/learning';
import { FaultPoints, Health } from '@offerstream/service-kit';
import { Registry } from 'prom-client';
import { DEMO } from './shop.fixture.js';

const KINDS = 8;
const ITEMS = 160;
export const KIND_OF = (id: string): string => `kind ${Number(id.slice(1)) % KINDS}`;

/** A shop of 160 items of eight kinds, whose shoppers like one kind each. */
export const ITEMS_OF_SHOP: readonly CatalogItem[] = Array.from({ length: ITEMS }, (_, index) => ({
  id: `i${index}` as ItemId,
  title: `Thing ${index}`,
  categories: ['Things', `kind ${index % KINDS}`],
  price: 1 + index,
  available: true,
}));

/** The same sequence each time: a linear congruential generator, Numerical Recipes, 3rd edition, section 7.1. */
const sequence = (seed: number) => {
  let state = seed;
  return (): number => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
};

const interactions = (): Interaction[] => {
  const random = sequence(7);
  const log: Interaction[] = [];
  let time = Date.UTC(2026, 0, 1);
  for (let visit = 0; visit < 600; visit++) {
    const shopper = Math.floor(random() * 150);
    for (let step = 0; step < 5; step++) {
      const kind = random() < 0.9 ? shopper % KINDS : Math.floor(random() * KINDS);
      const item = `i${kind + KINDS * Math.floor((random() ** 2 * ITEMS) / KINDS)}`;
      log.push({ subject: `s${shopper}`, item, action: 'view', time: (time += 10_000) });
      if (random() < 0.3) log.push({ subject: `s${shopper}`, item, action: 'purchase', time: (time += 5_000) });
    }
  }
  return log;
};

/** Trains a model of each family on the shop and stores it; what a `models` record says of each. */
export const trainShop = async (
  repository: string,
  families: readonly FamilyName[],
): Promise<readonly PromotedModel[]> => {
  const promoted: PromotedModel[] = [];
  for (const family of families) {
    const trained = await trainModel({
      tenant: DEMO,
      family,
      interactions: interactions(),
      catalog: ITEMS_OF_SHOP,
      seed: 1,
    });
    const { name, version } = await storeModel(repository, trained);
    promoted.push({
      tenant: DEMO,
      name,
      version,
      family,
      popular: trained.popular as ItemId[],
      promotedAt: '2026-11-24T10:00:00Z',
    });
  }
  return promoted;
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** A real inference server on a repository. */
export const startInference = async (repository: string, port?: number) => {
  const at = port ?? (await freePort());
  const application = await createInference(
    readConfig({ ADMIN_PORT: '0', GRPC_PORT: String(at), MODELS_DIR: repository, WORKERS: '1', PROVIDERS: 'cpu' }),
    {
      logger: { log: () => undefined, error: () => undefined, warn: () => undefined, fatal: () => undefined },
      metrics: new Registry(),
      health: new Health(),
      faults: new FaultPoints(''),
      stopping: new AbortController().signal,
    },
  );
  await application.listen();
  return { address: `127.0.0.1:${at}`, port: at, stop: () => application.close() };
};

/** What a shopper did, for a profile. */
export const views = (names: readonly string[], timeSeconds: number) =>
  names.map((name, index) => ({
    itemHash: itemHash(DEMO, name as ItemId),
    action: ACTION.view,
    timeSeconds: timeSeconds + index * 30,
  }));
