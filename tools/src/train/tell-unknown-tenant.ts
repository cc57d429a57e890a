import type { TenantId } from '@offerstream/contracts';
import type { Line } from '../line/line.js';
import type { ProgressBar } from '../line/progress-bar.js';
import { readTenant } from '../line/read-topic.js';
import type { Destination } from './store-until-served.js';

/** Says before a long training that nobody could ask for its model: that is served for a tenant's keys alone. */
export const tellUnknownTenant = async (
  line: Line,
  { inference }: Destination,
  tenant: TenantId,
  { bar, signal }: { readonly bar: Pick<ProgressBar, 'tell'>; readonly signal: AbortSignal },
): Promise<void> => {
  if (inference === undefined || !(await line.hasKafka())) return;
  if ((await readTenant(await line.kafka('train'), line.topic('tenants'), tenant, signal)) !== undefined) return;
  bar.tell(
    `The line knows no tenant ${tenant}: nobody can ask for its model before there is one (npm run tenants -- create ${tenant}).`,
  );
};
