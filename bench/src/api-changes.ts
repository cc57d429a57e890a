import { setTimeout as sleep } from 'node:timers/promises';
import type { Offer, PlacementId } from '@offerstream/contracts';
import { freePort } from '@offerstream/infra';
import { startBackOffice } from './back-office.js';
import { distribution } from './distribution.js';
import { apiRequest, HttpConnections } from './http-connections.js';
import { machine, report } from './machine.js';
import { Rig } from './rig.js';
import { itemId, MODEL, promotion, TENANT } from './shop.js';

const CHANGES = 100;
const ITEMS = 500;
const SLOTS = 10;
const NO_INFERENCE = '127.0.0.1:1';
const LOOK_AGAIN_MS = 2;

/** How long the data plane goes by what the back office has been told otherwise: an item that nobody can have, a key that is revoked. */
export const benchChanges = async (): Promise<void> => {
  const rig = await Rig.start();
  try {
    const startedAt = performance.now();
    const { client, gatewayEnvironment } = await startBackOffice(rig);
    const upMs = Math.round(performance.now() - startedAt);
    report({ bench: 'api', part: 'control-start', upMs, broker: rig.brokerSource, machine: machine() });

    await client.putTenant({
      id: TENANT,
      consent: 'assumed',
      placements: [{ id: 'home' as PlacementId, model: MODEL, slots: SLOTS, validitySeconds: 86_400 }],
    });
    const { key } = await client.createKey(TENANT, { purpose: 'bench', kind: 'sk', mode: 'test' });
    if (key === undefined) throw new Error('control made no key');
    const item = (index: number, available: boolean) => ({ id: itemId(index), categories: [], available });
    await client.putItems(
      TENANT,
      Array.from({ length: ITEMS }, (_, index) => item(index, true)),
    );
    await client.promoteModel(promotion('1', ITEMS));

    const port = await freePort();
    await rig.startService('gateway', {
      ...gatewayEnvironment,
      HTTP_PORT: String(port),
      PROFILES_DIR: rig.path('profiles'),
      INFERENCE_ADDRESS: NO_INFERENCE,
    });
    const connections = await HttpConnections.open(port, 1);
    // Nobody is known here, so everybody is offered what is popular.
    const requestWith = (secret: string) => apiRequest('GET', '/v1/offers/anybody?placement=home', secret);
    const request = requestWith(key);
    const offered = async (): Promise<readonly string[]> => {
      const { status, body } = await connections.send(request);
      if (status !== 200) throw new Error(`The gateway answered ${status}: ${body}`);
      return (JSON.parse(body) as Offer).items.map((each) => each.item);
    };
    const isGood = async (secret: string): Promise<boolean> =>
      (await connections.send(requestWith(secret))).status === 200;
    while (!(await isGood(key)) || (await offered()).length < SLOTS) await sleep(LOOK_AGAIN_MS);

    const goneMs: number[] = [];
    for (let index = 0; index < CHANGES; index++) {
      const first = itemId(index % SLOTS);
      const changedAt = performance.now();
      await client.putItems(TENANT, [item(index % SLOTS, false)]);
      while ((await offered()).includes(first)) await sleep(LOOK_AGAIN_MS);
      goneMs.push(performance.now() - changedAt);
      await client.putItems(TENANT, [item(index % SLOTS, true)]);
      while (!(await offered()).includes(first)) await sleep(LOOK_AGAIN_MS);
    }

    const refusedMs: number[] = [];
    for (let index = 0; index < CHANGES; index++) {
      const { id, key: secret } = await client.createKey(TENANT, {
        purpose: `bench-${index}`,
        kind: 'sk',
        mode: 'test',
      });
      if (secret === undefined) throw new Error('control made no key');
      while (!(await isGood(secret))) await sleep(LOOK_AGAIN_MS);
      const revokedAt = performance.now();
      await client.revokeKey(TENANT, id);
      while (await isGood(secret)) await sleep(LOOK_AGAIN_MS);
      refusedMs.push(performance.now() - revokedAt);
    }
    connections.close();
    report({
      bench: 'api',
      part: 'changes',
      changeToNotOfferedMs: distribution(goneMs),
      revokedToRefusedMs: distribution(refusedMs),
      changes: CHANGES,
      broker: rig.brokerSource,
      machine: machine(),
    });
  } finally {
    await rig.close();
  }
};
