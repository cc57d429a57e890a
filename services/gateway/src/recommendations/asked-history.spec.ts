import { ACTION, itemHash } from '@offerstream/contracts';
import { fold, Profile } from '@offerstream/profile';
import { DEMO, item, NOW_MS } from '../shop.fixture.js';
import { askedHistory, profileOf } from './asked-history.js';

const hash = (name: string): bigint => itemHash(DEMO, item(name));
const NOW_SECONDS = NOW_MS / 1_000;
const read = (history: unknown) => profileOf(DEMO, askedHistory.parse(history), NOW_MS).history();

describe('a history in a request', () => {
  it('is to models what the stored one of the same deeds is', () => {
    const stored = Profile.empty();
    for (const [offset, [name, action]] of (
      [
        ['shoe', ACTION.view],
        ['sock', ACTION.purchase],
      ] as const
    ).entries())
      fold(stored, {
        partition: 0,
        offset,
        fingerprint: offset,
        timeSeconds: NOW_SECONDS - 60 + offset,
        interactions: [{ itemHash: hash(name), action }],
      });
    const asked = read([
      { item: 'shoe', at: new Date(NOW_MS - 60_000).toISOString() },
      { item: 'sock', action: 'purchase', at: new Date(NOW_MS - 59_000).toISOString() },
    ]);
    expect(asked).toEqual(stored.history());
  });

  it('is in the order of its times; what says no time happened just now, in the order given', () => {
    const names = read([{ item: 'b' }, { item: 'c' }, { item: 'a', at: '2026-11-24T09:00:00+01:00' }]).map(
      ({ itemHash: found, timeSeconds }) => [['a', 'b', 'c'].find((name) => hash(name) === found), timeSeconds],
    );
    expect(names).toEqual([
      ['a', NOW_SECONDS - 2 * 3_600],
      ['b', NOW_SECONDS],
      ['c', NOW_SECONDS],
    ]);
  });

  it('knows no future and nothing before 1970', () => {
    const times = read([
      { item: 'a', at: '1950-01-01T00:00:00Z' },
      { item: 'b', at: '2099-01-01T00:00:00Z' },
    ]).map(({ timeSeconds }) => timeSeconds);
    expect(times).toEqual([0, NOW_SECONDS]);
  });

  it('has as much as a profile remembers, and no more', () => {
    const history = (length: number) => Array.from({ length }, (_, index) => ({ item: `i${index}` }));
    expect(read(history(50))).toHaveLength(50);
    expect(askedHistory.safeParse(history(51)).success).toBe(false);
  });
});
