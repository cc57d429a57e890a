import type { SubjectKey } from '@offerstream/contracts';
import { encodePublication, type Message } from '@offerstream/decisioning';
import { fold, Profile } from '@offerstream/profile';
import { MemoryProfileStore } from '@offerstream/profile-store';
import type { ReadElement } from '../visit.js';
import { batchOf, element, keyOf, NOW_MS } from '../shop.fixture.js';
import { UnsavedProfiles } from '../unsaved-profiles.js';
import { loadProfiles } from './load-profiles.js';

const message: Message = { topic: 'offers', id: '0'.repeat(32), timeMs: NOW_MS, value: Buffer.from('{}') };

const profileAt = (offset: number): Profile => {
  const profile = Profile.empty();
  fold(profile, { partition: 0, offset, fingerprint: offset + 1, timeSeconds: 1, interactions: [] });
  profile.raiseVersion();
  return profile;
};

const storeWith = async (...saved: readonly [string, Profile][]): Promise<MemoryProfileStore> => {
  const store = new MemoryProfileStore();
  await store.save({
    changes: saved.map(([name, profile]) => ({ key: keyOf(name), profile, publication: encodePublication([message]) })),
    positions: new Map(),
  });
  return store;
};

const load = async (
  store: MemoryProfileStore,
  groups: readonly { key: SubjectKey; elements: readonly ReadElement[] }[],
  { unsaved = new UnsavedProfiles(), behind = -1 }: { unsaved?: UnsavedProfiles; behind?: number } = {},
) => {
  const elements = groups.map((group) => ({ record: (group.elements.at(-1) as ReadElement).record, value: group }));
  const step = loadProfiles(store, unsaved, { isBehind: ({ offset }) => offset <= behind });
  const results = await step(elements, batchOf(elements));
  return results.map((result) => {
    if (result.kind !== 'ok') throw new Error(result.kind);
    return result.value;
  });
};

const group = (name: string, ...offsets: readonly number[]) => ({
  key: keyOf(name),
  elements: offsets.map((offset) => element(offset, { key: keyOf(name), subject: name as never })),
});

describe('loading profiles', () => {
  it('gives each shopper the stored profile, and an empty one to whoever is new', async () => {
    const store = await storeWith(['bob', profileAt(4)], ['anna', profileAt(2)]);
    const visits = await load(store, [group('anna', 9), group('new', 10), group('bob', 11)]);
    expect(visits.map(({ key, subject, profile }) => [key, subject, profile.guard?.offset])).toEqual([
      [keyOf('anna'), 'anna', 2],
      [keyOf('new'), 'new', undefined],
      [keyOf('bob'), 'bob', 4],
    ]);
  });

  it('goes on with a copy of what a batch under way has folded, not with what is stored', async () => {
    const store = await storeWith(['anna', profileAt(2)], ['bob', profileAt(4)]);
    const unsaved = new UnsavedProfiles();
    const underWay = profileAt(7);
    unsaved.put(keyOf('anna'), underWay);
    const [anna, bob] = await load(store, [group('anna', 9), group('bob', 10)], { unsaved });
    expect([anna?.profile.guard?.offset, bob?.profile.guard?.offset]).toEqual([7, 4]);
    anna?.profile.raiseVersion();
    expect(underWay.version).toBe(1);
  });

  it('brings what was stored for publication where a record comes again, and only there', async () => {
    const store = await storeWith(['anna', profileAt(5)], ['bob', profileAt(6)], ['cleo', profileAt(1)]);
    const visits = await load(store, [group('anna', 5, 9), group('bob', 7), group('cleo', 3), group('new', 2)], {
      behind: 3,
    });
    expect(visits.map(({ again }) => again)).toEqual([[message], [], [message], []]);
  });

  it('asks the store for nothing to publish where nothing comes again', async () => {
    const store = await storeWith(['anna', profileAt(5)]);
    store.publications = () => Promise.reject(new Error('not needed'));
    expect(await load(store, [group('anna', 9)])).toHaveLength(1);
  });
});
