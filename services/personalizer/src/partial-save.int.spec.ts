import { randomBytes } from 'node:crypto';
import type { SubjectId } from '@offerstream/contracts';
import type { ProducerRecord, RawRecord } from '@offerstream/kafka';
import { ok, Pipeline, type Step } from '@offerstream/pipeline';
import { ValkeyProfileStore } from '@offerstream/profile-store';
import { uniquePrefix, valkeyUrl } from '@offerstream/testing';
import type { ReadEvent } from './clickstream-record.js';
import { Positions } from './positions.js';
import { element, keyOf, NOW_MS, topicName } from './shop.fixture.js';
import { foldEvents } from './steps/fold-events.js';
import { loadProfiles } from './steps/load-profiles.js';
import { publishOffers } from './steps/publish-offers.js';
import { saveProfiles } from './steps/save-profiles.js';
import { UnsavedProfiles } from './unsaved-profiles.js';
import type { DecidedVisit, FoldedVisit } from './visit.js';

const noFault = (): void => undefined;

/** The steps between a record and its offer, as one process has them. What is decided differs each time, as after a new model. */
const personalizerOn = async (store: ValkeyProfileStore, beforeSave = (): Promise<unknown> => Promise.resolve()) => {
  const [unsaved, positions] = [new UnsavedProfiles(), new Positions()];
  const published: ProducerRecord[] = [];
  let gaveUp = false;
  const start = async () => {
    unsaved.clear();
    const stored = await store.positions();
    await positions.assign(new Map([[0, undefined]]), stored, () => Promise.resolve('before-beginning'));
  };
  const decideAnew: Step<RawRecord, FoldedVisit, DecidedVisit> = (visit) =>
    ok({
      ...visit,
      rankings: new Map(),
      lastOffers: new Map(),
      messages: visit.changed ? [{ topic: 'offers', id: 'ab'.repeat(16), timeMs: NOW_MS, value: randomBytes(8) }] : [],
    });
  const producer = {
    sendAll: (records: readonly ProducerRecord[]) => {
      published.push(...records);
      return Promise.resolve();
    },
  };
  const events = new Map<RawRecord, ReadEvent>();
  const pipeline = Pipeline.of<RawRecord>('partial-save')
    .step(function read(record) {
      return ok(events.get(record) as ReadEvent);
    })
    .groupBy((event) => event.key)
    .batchStep(loadProfiles(store, unsaved, positions))
    .step(foldEvents(positions, unsaved))
    .step(decideAnew)
    .batchStep(async function wait(elements) {
      await beforeSave();
      return elements.map(({ value }) => ok(value));
    })
    .batchStep(saveProfiles(store, unsaved, positions, () => (gaveUp = true), noFault))
    .batchStep(publishOffers(producer, topicName, positions, noFault));
  await start();
  return {
    start,
    take: async (...subjects: readonly string[]) => {
      const batch = subjects.map((subject, offset) =>
        element(offset, { key: keyOf(subject), subject: subject as SubjectId }),
      );
      for (const { record, value } of batch) events.set(record, value);
      const outcome = await pipeline.run(batch.map(({ record }) => record));
      return outcome === 'abandoned' ? outcome : 'done';
    },
    gaveUp: () => gaveUp,
    offers: () =>
      published.splice(0).map(({ key, value }) => [String(key), Buffer.from(value as Buffer).toString('hex')]),
  };
};

describe('a batch that Valkey has saved in part', () => {
  const opened: ValkeyProfileStore[] = [];
  afterAll(() => Promise.all(opened.map((store) => store.close())));
  const storeWith = async (prefix: string) => {
    const store = new ValkeyProfileStore(await valkeyUrl(), { prefix });
    opened.push(store);
    return store;
  };

  it('publishes nothing, and when it comes again publishes what is stored, and folds nothing twice', async () => {
    const prefix = uniquePrefix();
    const [store, rivals] = [await storeWith(prefix), await storeWith(prefix)];
    const rival = await personalizerOn(rivals);
    let crossed = false;
    const late = await personalizerOn(store, async () => {
      if (!crossed) await rival.take('anna');
      crossed = true;
    });

    expect(await late.take('anna', 'bob')).toBe('abandoned');
    expect([late.gaveUp(), late.offers()]).toEqual([true, []]);
    const [annas, bobs] = await store.publications([keyOf('anna'), keyOf('bob')]);
    expect(bobs).toBeDefined();
    expect((await store.positions()).get(0)?.offset).toBe(0);

    await late.start();
    expect(await late.take('anna', 'bob')).toBe('done');
    const again = late.offers();
    expect(again.map(([key]) => key)).toEqual(['demo:anna', 'demo:bob']);
    expect([annas?.toString('hex'), bobs?.toString('hex')]).toEqual(
      again.map(([, offer]) => expect.stringContaining(offer ?? '') as string),
    );
    const profiles = await store.profiles([keyOf('anna'), keyOf('bob')]);
    expect(profiles.map((profile) => [profile?.events, profile?.version])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect((await store.positions()).get(0)).toMatchObject({ offset: 1, counts: { applied: 2 } });
  });
});
