import { METERS, type UsageMeter } from '@offerstream/billing';
import type { SearchCounts, Trends } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type BatchStep } from '@offerstream/pipeline';
import type { ProfileStore } from '@offerstream/profile-store';
import type { DecidedVisit } from '../visit.js';

/**
 * Counts what was saved: events for the tenant's usage, what shoppers act on for its trends, and what they search for. Not before the save outlives the
 * machine: an event that a crash takes out of its profile is folded, and counted, again. Nothing waits for the count; a crash that
 * comes between save and count is in the customer's favour.
 */
export const countNews = (
  store: Pick<ProfileStore, 'flushed'>,
  usage: Pick<UsageMeter, 'count'>,
  trends: Pick<Trends, 'note'>,
  searches: Pick<SearchCounts, 'note'>,
): BatchStep<RawRecord, DecidedVisit, DecidedVisit> =>
  function countNews(elements) {
    void store.flushed().then(() => {
      for (const { value } of elements) count(value, usage, trends, searches);
    });
    return Promise.resolve(elements.map(({ value }) => ok(value)));
  };

const count = (
  { tenant: { id }, news }: DecidedVisit,
  usage: Pick<UsageMeter, 'count'>,
  trends: Pick<Trends, 'note'>,
  searches: Pick<SearchCounts, 'note'>,
): void => {
  if (news.length > 0) usage.count(id, METERS.events, news.length);
  for (const { value } of news) {
    for (const { itemHash, action } of value.interactions) trends.note(id, itemHash, action, value.timeMs);
    if (value.query !== undefined) searches.note(id, value.subject, value.query, value.timeMs);
  }
};
