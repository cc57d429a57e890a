import { decodePublication, type Message } from '@offerstream/decisioning';
import { Profile } from '@offerstream/profile';
import { BatchAbandoned } from '@offerstream/pipeline';
import { MemoryProfileStore } from '@offerstream/profile-store';
import type { DecidedVisit } from '../visit.js';
import { Positions } from '../positions.js';
import { batchOf, decidedVisit, element, keyOf, NOW_MS } from '../shop.fixture.js';
import { UnsavedProfiles } from '../unsaved-profiles.js';
import { saveProfiles } from './save-profiles.js';

const message: Message = { topic: 'offers', id: 'ab'.repeat(16), timeMs: NOW_MS, value: Buffer.from('{"a":1}') };
const profile = (version: number): Profile => {
  const made = Profile.empty();
  for (let raised = 0; raised < version; raised++) made.raiseVersion();
  return made;
};

const setUp = () => {
  const store = new MemoryProfileStore();
  const unsaved = new UnsavedProfiles();
  const conflicts: string[] = [];
  const reached: string[] = [];
  const positions = new Positions();
  let nextOffset = 0;
  const run = async (visits: readonly DecidedVisit[], isCurrent = true) => {
    const elements = visits.map((value) => ({ record: element(nextOffset++).record, value }));
    const step = saveProfiles(
      store,
      unsaved,
      positions,
      () => conflicts.push('gave up'),
      (point) => reached.push(point),
    );
    return step(elements, batchOf(elements, isCurrent));
  };
  return { store, unsaved, conflicts, reached, run };
};

describe('saving profiles', () => {
  it('stores profiles, what will be published, and positions with counts together', async () => {
    const { store, run, reached } = setUp();
    const anna = decidedVisit({ profile: profile(1), messages: [message] });
    expect(await run([anna])).toEqual([{ kind: 'ok', value: anna }]);
    expect((await store.profiles([keyOf('anna')]))[0]?.version).toBe(1);
    const [publication] = await store.publications([keyOf('anna')]);
    expect(decodePublication(publication as Buffer)).toEqual([message]);
    expect((await store.positions()).get(0)).toMatchObject({ offset: 0, counts: { applied: 1 } });
    expect(reached).toEqual(['before-save', 'after-save']);
  });

  it('keeps the stored publication where nothing is to be published', async () => {
    const { store, run } = setUp();
    await run([decidedVisit({ profile: profile(1), messages: [message] })]);
    await run([decidedVisit({ profile: profile(2), messages: [] })]);
    const [publication] = await store.publications([keyOf('anna')]);
    expect(decodePublication(publication as Buffer)).toEqual([message]);
  });

  it('stores the position also when no profile changed', async () => {
    const { store, run } = setUp();
    await run([decidedVisit({ profile: profile(0), changed: false })]);
    expect((await store.profiles([keyOf('anna')]))[0]).toBeUndefined();
    expect((await store.positions()).get(0)?.offset).toBe(0);
  });

  it('forgets a saved profile, unless a later batch has folded on', async () => {
    const { unsaved, run } = setUp();
    const [anna, bob] = [profile(1), profile(1)];
    unsaved.put(keyOf('anna'), anna);
    const later = bob.copy();
    unsaved.put(keyOf('bob'), later);
    await run([decidedVisit({ profile: anna }), decidedVisit({ key: keyOf('bob'), profile: bob })]);
    expect([unsaved.get(keyOf('anna')), unsaved.get(keyOf('bob'))]).toEqual([undefined, later]);
  });

  it('gives the assignment up where another process has changed a profile meanwhile, and saves nothing', async () => {
    const { store, conflicts, unsaved, run } = setUp();
    await run([decidedVisit({ profile: profile(1) })]);
    const stale = profile(1);
    unsaved.put(keyOf('anna'), stale);
    const outcome = run([decidedVisit({ key: keyOf('bob'), profile: profile(1) }), decidedVisit({ profile: stale })]);
    await expect(outcome).rejects.toBeInstanceOf(BatchAbandoned);
    expect(conflicts).toEqual(['gave up']);
    expect((await store.profiles([keyOf('bob')]))[0]).toBeUndefined();
  });

  it('saves nothing for records that have become another process’s', async () => {
    const { store, run, reached } = setUp();
    await expect(run([decidedVisit({ profile: profile(1) })], false)).rejects.toBeInstanceOf(BatchAbandoned);
    expect([(await store.positions()).size, reached]).toEqual([0, []]);
  });
});
