import { encodePublication } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import { BatchAbandoned, ok, type BatchStep } from '@offerstream/pipeline';
import type { ProfileStore } from '@offerstream/profile-store';
import type { Positions } from '../positions.js';
import type { UnsavedProfiles } from '../unsaved-profiles.js';
import type { DecidedVisit } from '../visit.js';

/**
 * One transaction: profiles, guards, what will be published, positions and counts. A profile that another process has changed
 * meanwhile ends the batch: `onConflict` has to give the assignment up.
 */
export const saveProfiles = (
  store: Pick<ProfileStore, 'save'>,
  unsaved: UnsavedProfiles,
  positions: Pick<Positions, 'advance'>,
  onConflict: () => void,
  reach: (point: 'before-save' | 'after-save') => void,
): BatchStep<RawRecord, DecidedVisit, DecidedVisit> =>
  async function saveProfiles(elements, batch) {
    batch.ensureCurrent();
    const changed = elements.map(({ value }) => value).filter((visit) => visit.changed);
    reach('before-save');
    const outcome = await store.save({
      changes: changed.map(({ key, profile, messages }) => ({
        key,
        profile,
        publication: messages.length === 0 ? undefined : encodePublication(messages),
      })),
      positions: positions.advance(batch),
    });
    reach('after-save');
    if (outcome === 'conflict') {
      onConflict();
      throw new BatchAbandoned();
    }
    for (const { key, profile } of changed) unsaved.saved(key, profile);
    return elements.map(({ value }) => ok(value));
  };
