import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from './journal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const reopen = async (journal: Journal): Promise<Journal> => {
  journal.close();
  return Journal.open(folder, 5, false);
};

it('knows after a restart what it knew, but for a line that was cut off', async () => {
  const first = await Journal.open(folder, 5, false);
  first.append([
    { kind: 'start', offers: { 0: 7, 1: 9 }, failed: { 0: 1 } },
    { kind: 'accepted', events: [0, 1, 2, 3] },
    { kind: 'refused', event: 4, reason: 'too-large' },
    { kind: 'offer', event: 0, items: ['a', 'ö'], latencyMs: 12.5 },
    { kind: 'failed', event: 1, reason: 'invalid' },
    { kind: 'dropped', event: 2, reason: 'duplicate' },
    { kind: 'read', topic: 'offers', partition: 1, next: 10 },
    { kind: 'time', activeMs: 1_234 },
  ]);
  await appendFile(join(folder, 'journal.ndjson'), '{"kind":"applied","event":3');
  const { outcomes } = first;
  let again = await reopen(first);
  expect(again.outcomes).toEqual(outcomes);
  expect(again.outcomes.open()).toEqual([3]);
  expect([0, 1, 2, 3, 4].every((event) => again.outcomes.isSettledOrSent(event))).toBe(true);
  expect(Object.fromEntries(again.outcomes.positions.offers)).toEqual({ 0: 7, 1: 10 });

  again.append([{ kind: 'applied', event: 3 }, { kind: 'done' }]);
  again = await reopen(again);
  expect(again.outcomes).toMatchObject({ done: true, acceptedCount: 4, fateCount: 5, activeMs: 1_234 });
  again.close();
});

it("keeps an event's first fate, so that what is read again changes nothing", async () => {
  const journal = await Journal.open(folder, 5, false);
  journal.append([
    { kind: 'offer', event: 0, items: ['a'], latencyMs: 5 },
    { kind: 'offer', event: 0, items: ['b'] },
    { kind: 'accepted', events: [0] },
  ]);
  expect(journal.outcomes.fates[0]).toEqual({ kind: 'offer', items: ['a'], latencyMs: 5 });
  expect(journal.outcomes).toMatchObject({ acceptedCount: 1, fateCount: 1 });
  journal.close();
});

it('forgets on demand, and belongs to one process at a time', async () => {
  const journal = await Journal.open(folder, 5, false);
  journal.append([{ kind: 'done' }]);
  await expect(Journal.open(folder, 5, true)).rejects.toMatchObject({ code: 'in-use' });
  journal.close();
  const anew = await Journal.open(folder, 5, true);
  expect(anew.outcomes.done).toBe(false);
  anew.close();
});
