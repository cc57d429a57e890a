import type { RawRecord } from '@offerstream/kafka';
import { Profile } from '@offerstream/profile';
import type { ReadElement, Visit } from '../visit.js';
import { batchOf, element, foldedVisit, hashOf, keyOf, NOW_MS, outcome } from '../shop.fixture.js';
import { UnsavedProfiles } from '../unsaved-profiles.js';
import { foldEvents } from './fold-events.js';

const run = (
  events: readonly ReadElement[],
  {
    profile = Profile.empty(),
    behind = -1,
    quietBelow = 0,
    countedBelow,
  }: { profile?: Profile; behind?: number; quietBelow?: number; countedBelow?: number } = {},
) => {
  const unsaved = new UnsavedProfiles();
  const batch = batchOf(events);
  const visit: Visit = foldedVisit({ events, profile });
  const newest = (events.at(-1) as ReadElement).record;
  const isBehind = ({ offset }: RawRecord): boolean => offset <= behind;
  // Of partition 5 alone: the strays' own.
  const isQuiet = ({ partition, offset }: Pick<RawRecord, 'partition' | 'offset'>): boolean =>
    partition === 5 && offset < quietBelow;
  const isCounted = ({ partition, offset }: RawRecord): boolean =>
    partition === 5 && offset < (countedBelow ?? quietBelow);
  const result = foldEvents({ isBehind, isQuiet, isCounted }, unsaved)(visit, newest, batch);
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

  describe('hands on', () => {
    const telling = (offset: number, over: Parameters<typeof element>[1] = {}): ReadElement =>
      element(offset, { outcome: outcome(`m-${offset}`), ...over });
    const handedOn = ({ visit }: ReturnType<typeof run>) => ({
      news: visit.news.map(({ record }) => record.offset),
      outcomes: visit.outcomes.map(({ id }) => id),
    });

    it('what is applied as news, and what it says of offers', () => {
      expect(handedOn(run([element(1), telling(2)]))).toEqual({ news: [1, 2], outcomes: ['m-2'] });
    });

    it('nothing of a retry', () => {
      expect(handedOn(run([telling(1), telling(2, { fingerprint: 2 })]))).toEqual({ news: [1], outcomes: ['m-1'] });
    });

    it('of what comes again after a crash what it says of offers, which may not be published yet, but no news', () => {
      const { profile } = run([telling(3)]).visit;
      expect(handedOn(run([telling(3)], { profile: profile.copy() }))).toEqual({ news: [], outcomes: ['m-3'] });
      expect(handedOn(run([telling(3)], { behind: 3 }))).toEqual({ news: [], outcomes: ['m-3'] });
    });

    it('nothing of what a rebuild folds again, also if it comes again', () => {
      const rebuilt = run([telling(3, { partition: 5 })], { quietBelow: 4 });
      expect(handedOn(rebuilt)).toEqual({ news: [], outcomes: [] });
      expect(rebuilt.visit.changed).toBe(true);
      const again = run([telling(3, { partition: 5 })], { quietBelow: 4, behind: 3 });
      expect(handedOn(again)).toEqual({ news: [], outcomes: [] });
    });
  });

  it('hands on what was saved before a rebuild and not committed: what it says of offers, but no news', () => {
    const { visit } = run([element(3, { partition: 5, outcome: outcome('m-3') })], { countedBelow: 4 });
    expect([visit.news, visit.outcomes.map(({ id }) => id), visit.changed]).toEqual([[], ['m-3'], true]);
  });

  describe('of a record that was sent home', () => {
    const FIRST_MS = NOW_MS - 60_000;
    const copy = (offset: number, from: number, over: object = {}): ReadElement =>
      element(offset, { origin: { partition: 5, offset: from, appendedAt: FIRST_MS }, ...over });

    it('drops a further copy as resent, so that the counts add up, also when its messageId is forgotten', () => {
      const backlog = Array.from({ length: 40 }, (_, from) => from);
      const { visit, batch } = run([
        ...backlog.map((from) => copy(from, from)),
        ...backlog.map((from) => copy(40 + from, from, { fingerprint: from + 1 })),
      ]);
      expect(visit.profile.events).toBe(40);
      expect(batch.dropped.map(({ record, reason }) => [record.offset, reason])).toEqual(
        backlog.map((from) => [40 + from, 'resent']),
      );
    });

    it('hands on the time of its first receipt, with the place where it was found', () => {
      const { visit } = run([copy(3, 17)]);
      expect(visit.cause?.record).toEqual({ ...element(3).record, appendedAt: FIRST_MS });
    });

    it('raises the revision to the time at home, where a shopper’s events have one order', () => {
      expect(run([copy(3, 17)]).visit.revision).toBe(NOW_MS);
    });

    it('leaves a copy alone whose first place is folded again itself, in whatever order the partitions come', () => {
      const { visit, batch } = run([copy(3, 8), copy(4, 9), copy(5, 10)], { quietBelow: 10 });
      expect(visit.profile.events).toBe(1);
      expect(visit.cause?.record.offset).toBe(5);
      expect(batch.dropped.map(({ record, reason }) => [record.offset, reason])).toEqual([
        [3, 'resent'],
        [4, 'resent'],
      ]);
      // Partition 5 comes later: nothing that stands there is behind the copy that was applied.
      const inPlace = element(9, { partition: 5, fingerprint: 10 });
      expect(run([inPlace], { profile: visit.profile, quietBelow: 10 }).visit.profile.events).toBe(2);
    });
  });

  it('hands what it folded to the next batch', () => {
    const { visit, unsaved } = run([element(1)]);
    expect(unsaved.get(keyOf('anna'))).toBe(visit.profile);
  });
});
