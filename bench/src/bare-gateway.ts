// eslint-disable-next-line @nx/enforce-module-boundaries -- what its admission costs is measured beside the gateway itself
import { createGateway, readConfig, type Admission } from '@offerstream/gateway';
import { runService } from '@offerstream/service-kit';
import { SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { TENANT } from './shop.js';

/** Lets everybody in as the shop, and counts nothing. */
const withoutAdmission = (): Admission => {
  const anybody = {
    kind: 'key',
    id: 'anybody',
    tenant: TENANT,
    scopes: new Set<string>(SCOPES_OF_KEY_KIND.sk),
  } as const;
  return {
    authenticator: { authenticate: () => anybody },
    metering: { charge: async (_tenant, _meters, work) => work(), reserve: () => ({ settle: () => undefined }) },
    limit: () => undefined,
    start: () => undefined,
    close: () => Promise.resolve(),
  };
};

await runService({
  name: 'bare-gateway',
  readConfig,
  create: (config, runtime) => createGateway(config, runtime, withoutAdmission),
});
