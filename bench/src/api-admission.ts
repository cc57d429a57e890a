import { freePort } from '@offerstream/infra';
import { limitedTenant } from './api-quota.js';
import { offerRequest, REQUESTS, storedOffer, withProcessorTime, type ServingSettings } from './api-serving.js';
import { startBackOffice } from './back-office.js';
import { fillStore } from './fill-store.js';
import { HttpConnections } from './http-connections.js';
import { Requests, withoutPause } from './http-load.js';
import { machine, report } from './machine.js';
import { Rig, type RunningService } from './rig.js';
import { randomFrom } from './shop.js';

const SEED = 1;
const ROUNDS = 5;
/** Leases are taken, and never run out. */
const FAR_LIMIT = 1_000_000_000;
const NO_INFERENCE = '127.0.0.1:1';

/**
 * What key, rate limit, quota and metering cost, in processor time of the gateway's process: the same offers by a gateway that has
 * none of them, in turn with one that has all.
 */
export const benchAdmission = async (settings: ServingSettings): Promise<void> => {
  const rig = await Rig.start();
  try {
    const { items, subjects } = settings;
    const backOffice = await startBackOffice(rig);
    const key = await limitedTenant(backOffice, { limit: FAR_LIMIT, items });
    const random = randomFrom(SEED);
    await fillStore(rig.path('profiles'), { subjects, items, seed: SEED }, (subject) =>
      storedOffer(subject, items, random),
    );
    const httpPort = await freePort();
    const gateway = await rig.startService('gateway', {
      ...backOffice.gatewayEnvironment,
      HTTP_PORT: String(httpPort),
      PROFILES_DIR: rig.path('profiles'),
      INFERENCE_ADDRESS: NO_INFERENCE,
    });
    const barePort = await freePort();
    const bare = await rig.startService('bare-gateway', {
      HTTP_PORT: String(barePort),
      PROFILES_DIR: rig.path('profiles'),
      INFERENCE_ADDRESS: NO_INFERENCE,
    });
    const requests = new Requests(
      Array.from({ length: REQUESTS }, () => offerRequest(Math.floor(random() * subjects), key)),
    );
    const costOf = async (service: RunningService, port: number): Promise<number> => {
      const connections = await HttpConnections.open(port, settings.connections);
      const { cpuUsPerRequest, refused, firstRefusal } = await withProcessorTime(service, () =>
        withoutPause(connections, requests, settings),
      );
      connections.close();
      if (refused > 0) throw new Error(`requests were refused: ${firstRefusal ?? ''}`);
      return cpuUsPerRequest.gateway;
    };
    const rounds: { readonly gateway: number; readonly bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({ bare: await costOf(bare, barePort), gateway: await costOf(gateway, httpPort) });
    const extra = rounds.map((round) => round.gateway / round.bare - 1).sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
    report({
      bench: 'api',
      part: 'admission',
      extra: `${(extra * 100).toFixed(1)} %`,
      cpuUsPerRequest: rounds,
      broker: rig.brokerSource,
      settings,
      machine: machine(),
    });
  } finally {
    await rig.close();
  }
};
