import type { RawRecord } from '@offerstream/kafka';
import { ok, type Step } from '@offerstream/pipeline';
import { fold } from '@offerstream/profile';
import type { Positions } from '../positions.js';
import type { UnsavedProfiles } from '../unsaved-profiles.js';
import type { FoldedVisit, ReadElement, Visit } from '../visit.js';

/**
 * (profile, events) → profile. A client's retry is dropped as `duplicate`; a record that came again after a crash changes
 * nothing, and what is stored for its shopper is published again.
 */
export const foldEvents = (
  positions: Pick<Positions, 'isBehind'>,
  unsaved: UnsavedProfiles,
): Step<RawRecord, Visit, FoldedVisit> =>
  function foldEvents(visit, _record, batch) {
    let changed = false;
    let cause: ReadElement | undefined;
    for (const element of visit.events) {
      const { record, value } = element;
      const outcome = positions.isBehind(record)
        ? 'repeated'
        : fold(visit.profile, {
            partition: record.partition,
            offset: record.offset,
            fingerprint: value.fingerprint,
            timeSeconds: Math.floor(value.timeMs / 1000),
            interactions: value.interactions,
          });
      switch (outcome) {
        case 'applied':
          changed = true;
          if (value.interactions.length > 0) cause = element;
          break;
        case 'repeated':
          break;
        case 'duplicate':
          batch.dropped.push({ record, reason: 'duplicate' });
          break;
      }
    }
    const revision = cause === undefined ? 0 : visit.profile.raiseRevision(cause.record.appendedAt);
    if (changed) {
      visit.profile.raiseVersion();
      unsaved.put(visit.key, visit.profile);
    }
    return ok({ ...visit, changed, cause, revision });
  };
