import type { PlacementId } from '@offerstream/contracts';
import { freePort } from '@offerstream/infra';
import { startBackOffice, type BackOffice } from './back-office.js';
import { apiRequest, HttpConnections } from './http-connections.js';
import { machine, report } from './machine.js';
import { Rig } from './rig.js';
import { itemId, MODEL, promotion, TENANT } from './shop.js';

const LIMIT = 100_000;
const REPLICAS = 4;
const CONNECTIONS = 16;
const SLOTS = 10;
const ITEMS = 100;
const NO_INFERENCE = '127.0.0.1:1';
const PLAN = 'bench';

/** How exactly a quota is kept by several gateways under load: units that were answered, of those that the plan allows. */
export const benchQuota = async (): Promise<void> => {
  const rig = await Rig.start();
  try {
    const backOffice = await startBackOffice(rig);
    const key = await limitedTenant(backOffice, { limit: LIMIT, items: ITEMS });
    const ports = await Promise.all(Array.from({ length: REPLICAS }, () => freePort()));
    for (const port of ports)
      await rig.startService('gateway', {
        ...backOffice.gatewayEnvironment,
        HTTP_PORT: String(port),
        PROFILES_DIR: rig.path('profiles'),
        INFERENCE_ADDRESS: NO_INFERENCE,
      });
    const startedAt = performance.now();
    const answered = await Promise.all(ports.map((port) => untilUsedUp(port, key)));
    const total = answered.reduce((sum, units) => sum + units, 0);
    report({
      bench: 'api',
      part: 'quota',
      limit: LIMIT,
      answered: total,
      byReplica: answered,
      under: `${(((LIMIT - total) / LIMIT) * 100).toFixed(3)} %`,
      requestsPerSecond: Math.round(total / ((performance.now() - startedAt) / 1_000)),
      broker: rig.brokerSource,
      machine: machine(),
    });
  } finally {
    await rig.close();
  }
};

/** The shop in the back office, with a limit of offers; gives its secret key. */
export const limitedTenant = async (
  { client }: BackOffice,
  { limit, items }: { readonly limit: number; readonly items: number },
): Promise<string> => {
  await client.putTenant({
    id: TENANT,
    consent: 'assumed',
    placements: [{ id: 'home' as PlacementId, model: MODEL, slots: SLOTS, validitySeconds: 86_400 }],
  });
  await client.putItems(
    TENANT,
    Array.from({ length: items }, (_, index) => ({ id: itemId(index), categories: [], available: true })),
  );
  await client.promoteModel(promotion('1', items));
  await client.putPlan({
    id: PLAN,
    name: 'Bench',
    currency: 'EUR',
    whileUnknown: 'refuse',
    requestsPerSecond: 1_000_000,
    meters: { offers: { included: limit, limit, tiers: [] } },
  });
  await client.putTenantPlan(TENANT, PLAN);
  const { key } = await client.createKey(TENANT, { purpose: 'bench', kind: 'sk', mode: 'test' });
  if (key === undefined) throw new Error('control made no key');
  return key;
};

/** Asks on all connections without a pause until the quota is used up; how many requests were answered. */
const untilUsedUp = async (port: number, key: string): Promise<number> => {
  const connections = await HttpConnections.open(port, CONNECTIONS);
  const request = apiRequest('GET', '/v1/offers/anybody?placement=home', key);
  let answered = 0;
  let ended = false;
  const oneAfterTheOther = async (): Promise<void> => {
    while (!ended) {
      const { status, body } = await connections.send(request);
      if (status === 200) answered += 1;
      else if (body.includes('quota-used-up')) ended = true;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, oneAfterTheOther));
  connections.close();
  return answered;
};
