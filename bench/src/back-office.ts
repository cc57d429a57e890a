import { readAdminToken, ControlClient } from '@offerstream/control-client';
import { freePort } from '@offerstream/infra';
import type { Rig, RunningService } from './rig.js';

/** The back office of a rig, with the admin's access to it. */
export interface BackOffice {
  readonly service: RunningService;
  readonly client: ControlClient;
  /** What a gateway needs to lease quotas. */
  readonly gatewayEnvironment: Readonly<Record<string, string>>;
}

/** Starts Postgres and control on a fresh folder. */
export const startBackOffice = async (rig: Rig): Promise<BackOffice> => {
  const { url: databaseUrl } = await rig.startPostgres();
  const port = await freePort();
  const folder = rig.path('control');
  const service = await rig.startService('control', {
    CONTROL_PORT: String(port),
    CONTROL_DATA: folder,
    DATABASE_URL: databaseUrl,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    service,
    client: new ControlClient({ url, token: await readAdminToken(folder) }),
    gatewayEnvironment: { CONTROL_URL: url, SERVICE_TOKEN_FILE: `${folder}/services/service-token` },
  };
};
