import type { RawRecord } from '@offerstream/kafka';
import { Profile } from '@offerstream/profile';
import type { ReadElement, Visit } from '../visit.js';
import { batchOf, element, foldedVisit, hashOf, keyOf, NOW_MS } from '../shop.fixture.js';
import { UnsavedProfiles } from '../unsaved-profiles.js';
import { foldEvents } from './fold-events.js';

const run = (events: readonly ReadElement[], { profile = Profile.empty(), behind = -1 } = {}) => {
  const unsaved = new UnsavedProfiles();
  const batch = batchOf(events);
  const visit: Visit = foldedVisit({ events, profile });
  const newest = (events.at(-1) as ReadElement).record;
  const isBehind = ({ offset }: RawRecord): boolean => offset <= behind;
  const result = foldEvents({ isBehind }, unsaved)(visit, newest, batch);
  if (result.kind !== 'ok') throw new Error(result.kind);
  return { visit: result.value, batch, unsaved };
};

describe('folding events', () => {
  it('folds them in order; offers follow the newest that says something about taste', () => {
    const { visit, batch } = run([
      element(3),
      element(4, { interactions: [{ itemHash: hashOf('sock'), action: 4 }] }),
      element(5, { interactions: [] }),
    ]);
    expect(visit.profile.history().map(({ itemHash }) => itemHash)).toEqual([hashOf('shoe'), hashOf('sock')]);
    expect(visit).toMatchObject({ changed: true, revision: NOW_MS, cause: { record: { offset: 4 } } });
    expect([visit.profile.events, visit.profile.guard, visit.profile.version]).toEqual([
      3,
      { partition: 0, offset: 5 },
      1,
    ]);
    expect(batch.dropped).toEqual([]);
  });

  it('keeps event times in whole seconds', () => {
    const { visit } = run([element(0, { timeMs: 5_999 })]);
    expect(visit.profile.history()[0]?.timeSeconds).toBe(5);
  });

  it('drops a retry with the same messageId as a duplicate, which changes nothing', () => {
    const { visit, batch } = run([element(3), element(4, { fingerprint: 4 })]);
    expect(batch.dropped).toMatchObject([{ record: { offset: 4 }, reason: 'duplicate' }]);
    expect(visit.profile.events).toBe(1);
    expect(visit.cause?.record.offset).toBe(3);
  });

  it('neither folds nor drops a record at or below the guard', () => {
    const profile = run([element(3)]).visit.profile.copy();
    const { visit, batch, unsaved } = run([element(2), element(3)], { profile });
    expect(visit).toMatchObject({ changed: false, cause: undefined, revision: 0 });
    expect([visit.profile.events, visit.profile.version, visit.profile.revision]).toEqual([1, 1, NOW_MS]);
    expect(batch.dropped).toEqual([]);
    expect(unsaved.get(keyOf('anna'))).toBeUndefined();
  });

  it('does not fold a record behind the position, whatever the guard says: a dropped one must not be applied later', () => {
    const { visit, batch } = run([element(2), element(3)], { behind: 2 });
    expect(visit.profile.events).toBe(1);
    expect(visit.cause?.record.offset).toBe(3);
    expect(batch.dropped).toEqual([]);
  });

  it('saves a profile that changed without an offer to follow', () => {
    const { visit } = run([element(1, { interactions: [] })]);
    expect(visit).toMatchObject({ changed: true, cause: undefined, revision: 0 });
    expect([visit.profile.version, visit.profile.revision]).toEqual([1, 0]);
  });

  it('raises the revision above the last one, and to the append time at least', () => {
    const first = run([element(1, { appendedAt: 100 })]).visit.profile;
    const second = run([element(2, { appendedAt: 100 })], { profile: first }).visit;
    expect(second.revision).toBe(101);
    const third = run([element(3, { appendedAt: 5_000 })], { profile: second.profile }).visit;
    expect(third.revision).toBe(5_000);
  });

  it('hands what it folded to the next batch', () => {
    const { visit, unsaved } = run([element(1)]);
    expect(unsaved.get(keyOf('anna'))).toBe(visit.profile);
  });
});
