import { subjectKey, type SubjectId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { LmdbProfileStore, type EventCounts } from '@offerstream/profile-store';
import { TENANT, type Line } from './line.js';
import { expectedProfiles } from './oracle.js';

/** Opens the line's store for as long as `use` takes. No personalizer needs to be stopped for reading. */
export const withStore = async <Result>(
  line: Line,
  use: (store: LmdbProfileStore) => Promise<Result>,
): Promise<Result> => {
  const store = new LmdbProfileStore(line.path('profiles'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
};

export const keyOf = (shopper: string) => subjectKey(TENANT, shopper as SubjectId);

/** Shoppers whose stored profile is not what the oracle folds from these records of the clickstream. */
export const differingProfiles = (line: Line, clickstream: readonly RawRecord[]): Promise<readonly string[]> =>
  withStore(line, async (store) => {
    const expected = [...expectedProfiles(clickstream)];
    const profiles = await store.profiles(expected.map(([shopper]) => keyOf(shopper)));
    return expected.flatMap(([shopper, { events, history }], index) => {
      const profile = profiles[index];
      const found = { events: profile?.events, history: profile?.history() };
      return text(found) === text({ events, history })
        ? []
        : [`${shopper}: ${text(found)}, not ${text({ events, history })}`];
    });
  });

/** What became of all events, by the store's own counts. */
export const storedCounts = (line: Line): Promise<EventCounts> =>
  withStore(line, async (store) => {
    const total = { applied: 0, dropped: {} as Record<string, number>, failed: {} as Record<string, number> };
    for (const { counts } of (await store.positions()).values()) {
      total.applied += counts.applied;
      for (const kind of ['dropped', 'failed'] as const)
        for (const [reason, count] of Object.entries(counts[kind]))
          total[kind][reason] = (total[kind][reason] ?? 0) + count;
    }
    return total;
  });

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
