import type { SubjectKey } from '@offerstream/contracts';
import { fold, Profile } from '@offerstream/profile';
import { NO_COUNTS, type ProfileStore } from './profile-store.js';

export const key = (name: string) => `demo:${name}` as SubjectKey;

/** The next version of a shopper's profile after one more event. */
export const next = (before: Profile | undefined, offset: number): Profile => {
  const profile = before?.copy() ?? Profile.empty();
  fold(profile, {
    partition: 0,
    offset,
    fingerprint: offset,
    timeSeconds: 1_000 + offset,
    interactions: [{ itemHash: BigInt(offset + 1), action: 1 }],
  });
  profile.raiseVersion();
  return profile;
};

export const position = (offset: number) => ({
  offset,
  appendedAt: 5,
  recordHash: 'ab',
  counts: { ...NO_COUNTS, applied: offset + 1 },
});

/** What every profile store promises; run against each implementation. */
export const profileStoreContract = (name: string, open: () => Promise<ProfileStore>): void => {
  describe(`${name} as a profile store`, () => {
    let store: ProfileStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('gives back profiles and publications in the order asked for, undefined where it has none', async () => {
      const saved = await store.save({
        changes: [
          { key: key('anna'), profile: next(undefined, 0), publication: Buffer.from('offer-a') },
          { key: key('bob'), profile: next(undefined, 1), publication: undefined },
        ],
        positions: new Map(),
      });
      expect(saved).toBe('saved');
      const [bob, nobody, anna] = await store.profiles([key('bob'), key('nobody'), key('anna')]);
      expect(bob?.guard?.offset).toBe(1);
      expect(nobody).toBeUndefined();
      expect(anna?.guard?.offset).toBe(0);
      expect((await store.publications([key('bob'), key('anna')])).map((bytes) => bytes?.toString())).toEqual([
        undefined,
        'offer-a',
      ]);
    });

    it('gives back up to where the strays of each partition were applied', async () => {
      const profile = Profile.empty();
      for (const [offset, partition] of [7, 9].entries())
        fold(profile, {
          partition: 0,
          offset,
          origin: { partition, offset: 40 + partition },
          fingerprint: offset,
          timeSeconds: 1_000,
          interactions: [],
        });
      profile.raiseVersion();
      await store.save({ changes: [{ key: key('anna'), profile, publication: undefined }], positions: new Map() });
      const [anna] = await store.profiles([key('anna')]);
      const upTo = (partition: number) => [47, 48, 49, 50].map((offset) => anna?.hasAppliedFrom({ partition, offset }));
      expect([upTo(7), upTo(9)]).toEqual([
        [true, false, false, false],
        [true, true, true, false],
      ]);
    });

    it('keeps the stored publication where a change has none', async () => {
      const first = next(undefined, 0);
      await store.save({
        changes: [{ key: key('anna'), profile: first, publication: Buffer.from('kept') }],
        positions: new Map(),
      });
      await store.save({
        changes: [{ key: key('anna'), profile: next(first, 1), publication: undefined }],
        positions: new Map(),
      });
      expect((await store.publications([key('anna')]))[0]?.toString()).toBe('kept');
    });

    it('refuses a save whose profile does not follow the stored version, without its positions and with nothing by half', async () => {
      const first = next(undefined, 0);
      await store.save({
        changes: [{ key: key('anna'), profile: first, publication: Buffer.from('first') }],
        positions: new Map([[0, position(0)]]),
      });
      const outcome = await store.save({
        changes: [
          { key: key('bob'), profile: next(undefined, 5), publication: Buffer.from('x') },
          { key: key('anna'), profile: next(undefined, 6), publication: Buffer.from('second') },
        ],
        positions: new Map([[0, position(9)]]),
      });
      expect(outcome).toBe('conflict');
      expect((await store.positions()).get(0)?.offset).toBe(0);
      const [anna, bob] = await store.profiles([key('anna'), key('bob')]);
      const [annas, bobs] = await store.publications([key('anna'), key('bob')]);
      expect([anna?.guard?.offset, annas?.toString()]).toEqual([0, 'first']);
      expect([
        [undefined, undefined],
        [5, 'x'],
      ]).toContainEqual([bob?.guard?.offset, bobs?.toString()]);
    });

    it('refuses a profile that skips a version, since what came between is missing in it', async () => {
      const first = next(undefined, 0);
      const third = next(next(first, 1), 2);
      const save = (profile: Profile) =>
        store.save({ changes: [{ key: key('anna'), profile, publication: undefined }], positions: new Map() });
      expect([await save(first), await save(third)]).toEqual(['saved', 'conflict']);
      expect((await store.profiles([key('anna')]))[0]?.version).toBe(1);
    });

    it('takes the next save after a conflict, once the positions were read again', async () => {
      const first = next(undefined, 0);
      const save = (profile: Profile, offset: number) =>
        store.save({
          changes: [{ key: key('anna'), profile, publication: undefined }],
          positions: new Map([[0, position(offset)]]),
        });
      expect([await save(first, 0), await save(next(undefined, 1), 1)]).toEqual(['saved', 'conflict']);
      expect((await store.positions()).get(0)?.offset).toBe(0);
      const [anna] = await store.profiles([key('anna')]);
      expect(await save(next(anna, 1), 1)).toBe('saved');
      expect((await store.positions()).get(0)?.offset).toBe(1);
    });

    it('takes as many shoppers at once as a batch has', async () => {
      const keys = Array.from({ length: 1_000 }, (_, index) => key(`shopper-${index}`));
      const saved = await store.save({
        changes: keys.map((each, index) => ({
          key: each,
          profile: next(undefined, index),
          publication: Buffer.alloc(1_500, index),
        })),
        positions: new Map([[0, position(999)]]),
      });
      expect(saved).toBe('saved');
      expect((await store.profiles(keys)).map((profile) => profile?.guard?.offset)).toEqual(
        keys.map((_, index) => index),
      );
      expect((await store.publications(keys)).map((bytes) => bytes?.[0])).toEqual(keys.map((_, index) => index % 256));
    });

    it('stores positions with their counts', async () => {
      await store.save({
        changes: [],
        positions: new Map([
          [3, position(41)],
          [11, position(7)],
        ]),
      });
      expect(await store.positions()).toEqual(
        new Map([
          [3, position(41)],
          [11, position(7)],
        ]),
      );
    });

    it('remembers attempts', async () => {
      await store.saveAttempt(2, { offset: 10, count: 1 });
      await store.saveAttempt(2, { offset: 10, count: 2, alone: [{ offset: 12, tries: 1 }] });
      expect(await store.attempts()).toEqual(
        new Map([[2, { offset: 10, count: 2, alone: [{ offset: 12, tries: 1 }] }]]),
      );
    });

    it('takes keys of the greatest length, in any script and with any sign, and keeps them apart', async () => {
      const keys = ['ü'.repeat(100), 'a', 'a}', 'a}b', '{a}', '{', '}', '', '*', 'a b', 'a\r\nb'].map(key);
      await store.save({
        changes: keys.map((each, index) => ({ key: each, profile: next(undefined, index), publication: undefined })),
        positions: new Map(),
      });
      expect((await store.profiles(keys)).map((profile) => profile?.guard?.offset)).toEqual(
        keys.map((_, index) => index),
      );
    });

    it('refuses a save whose position does not rise, and then changes nothing at all', async () => {
      await store.save({ changes: [], positions: new Map([[0, position(5)]]) });
      const stale = {
        changes: [{ key: key('anna'), profile: next(undefined, 6), publication: undefined }],
        positions: new Map([[0, position(5)]]),
      };
      expect(await store.save(stale)).toBe('conflict');
      expect((await store.profiles([key('anna')]))[0]).toBeUndefined();
    });

    it('forgets everything for a rebuild, and remembers which one and what had its offers', async () => {
      await store.save({
        changes: [{ key: key('anna'), profile: next(undefined, 0), publication: Buffer.from('x') }],
        positions: new Map([[0, position(1)]]),
      });
      await store.saveAttempt(0, { offset: 0, count: 1 });
      expect(await store.lastRebuild()).toBeUndefined();
      await store.beginRebuild('monday', new Map([[0, { quietBelow: 7, countedBelow: 9 }]]));
      expect(await store.lastRebuild()).toBe('monday');
      expect([
        (await store.profiles([key('anna')]))[0],
        [...(await store.positions())],
        (await store.attempts()).size,
      ]).toMatchObject([undefined, [[0, { offset: -1, quietBelow: 7, countedBelow: 9 }]], 0]);
    });

    it('begins a rebuild once, however many processes are told to', async () => {
      const rebuild = () => store.beginRebuild('monday', new Map([[0, { quietBelow: 7, countedBelow: 9 }]]));
      await rebuild();
      await store.save({
        changes: [{ key: key('anna'), profile: next(undefined, 0), publication: undefined }],
        positions: new Map([[0, position(1)]]),
      });
      await rebuild();
      expect((await store.profiles([key('anna')]))[0]?.version).toBe(1);
      expect((await store.positions()).get(0)?.offset).toBe(1);
      await store.beginRebuild('tuesday', new Map());
      expect((await store.profiles([key('anna')]))[0]).toBeUndefined();
    });
  });
};

/** What a store promises besides that has one transaction for everything. */
export const wholeSaveContract = (name: string, open: () => Promise<ProfileStore>): void => {
  it(`${name} changes nothing at all when one profile of a save does not follow the stored version`, async () => {
    const store = await open();
    await store.save({
      changes: [{ key: key('anna'), profile: next(undefined, 0), publication: undefined }],
      positions: new Map(),
    });
    const outcome = await store.save({
      changes: [
        { key: key('bob'), profile: next(undefined, 5), publication: Buffer.from('x') },
        { key: key('anna'), profile: next(undefined, 6), publication: undefined },
      ],
      positions: new Map(),
    });
    expect(outcome).toBe('conflict');
    expect((await store.profiles([key('bob')]))[0]).toBeUndefined();
    expect((await store.publications([key('bob')]))[0]).toBeUndefined();
    await store.close();
  });
};
