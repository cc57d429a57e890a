import type { Outcome } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type Step } from '@offerstream/pipeline';
import { fold, type FoldOutcome, type Profile } from '@offerstream/profile';
import type { Positions } from '../positions.js';
import type { UnsavedProfiles } from '../unsaved-profiles.js';
import type { FoldedVisit, ReadElement, Visit } from '../visit.js';

/**
 * (profile, events) → profile. A client's retry is dropped as `duplicate`, a further copy of a record that was sent home as
 * `resent`; a record that came again after a crash changes nothing, and what is stored for its shopper is published again.
 */
export const foldEvents = (
  positions: Pick<Positions, 'isBehind' | 'isQuiet' | 'isCounted'>,
  unsaved: UnsavedProfiles,
): Step<RawRecord, Visit, FoldedVisit> =>
  function foldEvents(visit, _record, batch) {
    let changed = false;
    let cause: ReadElement | undefined;
    const news: ReadElement[] = [];
    const outcomes: Outcome[] = [];
    for (const element of visit.events) {
      const { record, value } = element;
      switch (foldElement(visit.profile, element, positions)) {
        case 'applied':
          changed = true;
          if (value.interactions.length > 0) cause = element;
          if (!positions.isCounted(record)) news.push(element);
          if (value.outcome !== undefined && !positions.isQuiet(record)) outcomes.push(value.outcome);
          break;
        case 'repeated':
          // Its outcome may not have been published before the process died.
          if (value.outcome !== undefined && !positions.isQuiet(record)) outcomes.push(value.outcome);
          break;
        case 'resent':
          batch.dropped.push({ record, reason: 'resent' });
          break;
        case 'duplicate':
          batch.dropped.push({ record, reason: 'duplicate' });
          break;
      }
    }
    // By the time at home, where a shopper's events have one order: it rises with it.
    const revision = cause === undefined ? 0 : visit.profile.raiseRevision(cause.record.appendedAt);
    if (changed) {
      visit.profile.raiseVersion();
      unsaved.put(visit.key, visit.profile);
    }
    return ok({
      ...visit,
      changed,
      news,
      outcomes,
      cause: cause === undefined ? undefined : asFirstAppended(cause),
      revision,
    });
  };

const foldElement = (
  profile: Profile,
  { record, value }: ReadElement,
  positions: Pick<Positions, 'isBehind' | 'isQuiet'>,
): FoldOutcome => {
  if (positions.isBehind(record)) return 'repeated';
  // While the topic is folded again, a record is folded where it first came: copies at home and elsewhere may have come in any
  // order, and say nothing of the events before them that needed no sending.
  if (value.origin !== undefined && positions.isQuiet(value.origin)) return 'resent';
  return fold(profile, {
    partition: record.partition,
    offset: record.offset,
    origin: value.origin,
    fingerprint: value.fingerprint,
    timeSeconds: Math.floor(value.timeMs / 1000),
    interactions: value.interactions,
  });
};

/** How old news is, and how long an offer is valid, is reckoned from the first receipt, not from when a stray came home. */
const asFirstAppended = (element: ReadElement): ReadElement => {
  const { record, value } = element;
  if (value.origin === undefined) return element;
  const { topic, partition, offset, key, headers } = record;
  return {
    value,
    record: { topic, partition, offset, key, headers, value: record.value, appendedAt: value.origin.appendedAt },
  };
};
