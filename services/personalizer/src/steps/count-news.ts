import { METERS, type UsageMeter } from '@offerstream/billing';
import type { Trends } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type Step } from '@offerstream/pipeline';
import type { DecidedVisit } from '../visit.js';

/** What is counted once it is saved: events for the tenant's usage, and what shoppers act on for its trends. */
export const countNews = (
  usage: Pick<UsageMeter, 'count'>,
  trends: Pick<Trends, 'note'>,
): Step<RawRecord, DecidedVisit, DecidedVisit> =>
  function countNews(visit) {
    const { news } = visit;
    const tenant = visit.tenant.id;
    if (news.length > 0) usage.count(tenant, METERS.events, news.length);
    for (const { value } of news)
      for (const { itemHash, action } of value.interactions) trends.note(tenant, itemHash, action, value.timeMs);
    return ok(visit);
  };
