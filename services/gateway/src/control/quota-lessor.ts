import type { QuotaLessor } from '@offerstream/billing';
import type { ControlApi } from '@offerstream/service-kit';
import { z } from 'zod';

const units = z.int().min(0);
const leasesAnswer = z.object({ grants: z.array(z.object({ units, remaining: units })) });

/**
 * Leases quotas from control.
 *
 * @param replica one of a kind for this run of this process
 */
export const quotaLessor = (control: Pick<ControlApi, 'post'>, replica: string): QuotaLessor => ({
  async lease(requests) {
    return leasesAnswer.parse(await control.post('/v1/leases', { replica, requests })).grants;
  },
  async giveBack(returns) {
    await control.post('/v1/leases/returns', { replica, returns });
  },
});
