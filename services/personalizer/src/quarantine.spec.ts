import type { RawRecord } from '@offerstream/kafka';
import { MemoryProfileStore } from '@offerstream/profile-store';
import { Quarantine } from './quarantine.js';
import { record } from './shop.fixture.js';

const at = (offset: number, partition = 0): RawRecord => record({ partition, offset });
const placeOf = ({ partition, offset }: RawRecord): string => `${partition}:${offset}`;
const current = (): boolean => true;

class Died extends Error {}

/** Runs batches in processes one after the other, each of which dies over a killer, until one does all. */
const superviseUntilDone = async (
  batches: readonly (readonly RawRecord[])[],
  killers: readonly string[],
  store = new MemoryProfileStore(),
) => {
  const refused = new Set<string>();
  for (let deaths = 0; deaths < 40; deaths++) {
    const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: () => undefined });
    await quarantine.assign();
    const done: string[] = [];
    let dead = false;
    const work = (records: readonly RawRecord[]): Promise<void> => {
      // Nothing happens any more in a process that has died.
      if (dead) return new Promise(() => undefined);
      for (const each of records) {
        if (quarantine.isKiller(each)) refused.add(placeOf(each));
        else if (killers.includes(placeOf(each))) {
          dead = true;
          return Promise.reject(new Died());
        }
        done.push(placeOf(each));
      }
      return Promise.resolve();
    };
    const outcomes = batches.map((records) => quarantine.guard(records, work, current));
    try {
      await Promise.all(outcomes);
      return { deaths, refused: [...refused], done };
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }
  return { deaths: Infinity, refused: [...refused], done: [] };
};

describe('the quarantine', () => {
  it('lets everything pass while nothing dies', async () => {
    expect(await superviseUntilDone([[at(0), at(1, 1)], [at(1)]], [])).toEqual({
      deaths: 0,
      refused: [],
      done: ['0:0', '1:1', '0:1'],
    });
  });

  it('refuses the record over which the process died twice together and twice alone, and no other', async () => {
    const batch = [at(0), at(0, 1), at(1), at(1, 1), at(2)];
    const { deaths, refused, done } = await superviseUntilDone([batch], ['0:1']);
    expect([deaths, refused]).toEqual([4, ['0:1']]);
    expect(done.sort()).toEqual(batch.map(placeOf).sort());
  });

  it.each([
    ['two in one partition', [[at(0), at(1), at(2), at(3)]], ['0:1', '0:3']],
    ['in two partitions', [[at(0), at(0, 1), at(1), at(1, 1), at(2), at(2, 1)]], ['0:1', '1:1']],
    ['not in the first batch after the start', [[at(0)], [at(1), at(0, 1)], [at(2)]], ['0:2']],
    ['in a partition whose neighbours come before it', [[at(0), at(1), at(5, 1)]], ['1:5']],
  ])('finds killers that are %s', async (_, batches, killers) => {
    const { deaths, refused } = await superviseUntilDone(batches, killers);
    expect(deaths).toBeLessThan(10);
    expect(refused.sort()).toEqual(killers);
  });

  it('blames nobody when the process is killed from outside, each time over another record', async () => {
    const store = new MemoryProfileStore();
    const refused: string[] = [];
    for (const victim of [0, 1, 2, 3, 0, 1, 2, 3]) {
      const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: (each) => refused.push(placeOf(each)) });
      await quarantine.assign();
      const work = (records: readonly RawRecord[]): Promise<void> =>
        records.some(({ offset }) => offset === victim) ? Promise.reject(new Died()) : Promise.resolve();
      await expect(
        quarantine.guard(
          [0, 1, 2, 3].map((offset) => at(offset)),
          work,
          current,
        ),
      ).rejects.toThrow(Died);
    }
    expect(refused).toEqual([]);
  });

  it('blames nobody for assignments that were lost', async () => {
    const store = new MemoryProfileStore();
    const refused: string[] = [];
    const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: (each) => refused.push(placeOf(each)) });
    for (let assignment = 0; assignment < 8; assignment++) {
      await quarantine.assign();
      let worked = 0;
      const work = (records: readonly RawRecord[]): Promise<void> => {
        worked += records.length;
        return Promise.resolve();
      };
      await quarantine.guard([at(0), at(1), at(2)], work, () => worked < 1);
      // One by one, what is left is left to the next owner; together, the batch itself finds out.
      expect(worked).toBe(assignment < 2 ? 3 : 1);
    }
    expect(refused).toEqual([]);
  });

  it('keeps its suspicion while the offset moves on towards the killer', async () => {
    const store = new MemoryProfileStore();
    await store.saveAttempt(0, {
      offset: 1,
      count: 3,
      alone: [
        { offset: 0, tries: 2 },
        { offset: 8, tries: 2 },
      ],
    });
    const refused: string[] = [];
    const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: (each) => refused.push(placeOf(each)) });
    await quarantine.assign();
    await quarantine.guard([at(7), at(8)], () => Promise.resolve(), current);
    expect(refused).toEqual(['0:8']);
    expect(await store.attempts()).toEqual(new Map([[0, { offset: 7, count: 1, alone: [{ offset: 8, tries: 2 }] }]]));
  });

  it('counts anew from another offset', async () => {
    const store = new MemoryProfileStore();
    for (const offset of [0, 0, 5]) {
      const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: () => undefined });
      await quarantine.assign();
      await quarantine.guard([at(offset)], () => Promise.resolve(), current);
    }
    expect(await store.attempts()).toEqual(new Map([[0, { offset: 5, count: 1 }]]));
  });

  it('counts, durably, before the work begins', async () => {
    const store = new MemoryProfileStore();
    const quarantine = new Quarantine(store, { batchesInFlight: 3, onKiller: () => undefined });
    await quarantine.assign();
    let counted: unknown;
    await quarantine.guard([at(4)], async () => void (counted = await store.attempts()), current);
    expect(counted).toEqual(new Map([[0, { offset: 4, count: 1 }]]));
  });

  it('begins batches in the order in which they came, however long one has to wait for its count', async () => {
    const store = new MemoryProfileStore();
    const slow = new Map([
      [0, 30],
      [1, 1],
    ]);
    const saveAttempt = async (...[partition, attempt]: Parameters<MemoryProfileStore['saveAttempt']>) => {
      await new Promise((resolve) => setTimeout(resolve, slow.get(partition) ?? 0));
      await store.saveAttempt(partition, attempt);
    };
    const quarantine = new Quarantine(
      { attempts: () => store.attempts(), saveAttempt },
      { batchesInFlight: 3, onKiller: () => undefined },
    );
    await quarantine.assign();
    const begun: string[] = [];
    const work = (records: readonly RawRecord[]): Promise<void> => {
      begun.push(records.map(placeOf).join());
      return new Promise((resolve) => setTimeout(resolve, 5));
    };
    await Promise.all(
      [[at(0), at(0, 1)], [at(1, 1)], [at(1), at(2, 1)]].map((records) => quarantine.guard(records, work, current)),
    );
    expect(begun).toEqual(['0:0,1:0', '1:1', '0:1,1:2']);
  });

  it('lets a batch begin while the one before it is in work', async () => {
    const quarantine = new Quarantine(new MemoryProfileStore(), { batchesInFlight: 3, onKiller: () => undefined });
    await quarantine.assign();
    const first = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const one = quarantine.guard([at(0)], () => first.promise, current);
    const two = quarantine.guard(
      [at(1)],
      () => {
        begun.push('second');
        return Promise.resolve();
      },
      current,
    );
    await two;
    expect(begun).toEqual(['second']);
    first.resolve(undefined);
    await one;
  });

  it('lets nothing begin after a bug', async () => {
    const quarantine = new Quarantine(
      { attempts: () => Promise.resolve(new Map()), saveAttempt: () => Promise.reject(new Error('disk full')) },
      { batchesInFlight: 3, onKiller: () => undefined },
    );
    await quarantine.assign();
    const worked: string[] = [];
    const work = (): Promise<void> => Promise.resolve(void worked.push('x'));
    const outcomes = await Promise.allSettled([
      quarantine.guard([at(0)], work, current),
      quarantine.guard([at(1)], work, current),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(worked).toEqual([]);
  });
});
