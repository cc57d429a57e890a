import { batchOf, record } from '../shop.fixture.js';
import { refuseKiller } from './refuse-killer.js';

describe('refusing a killer', () => {
  const killer = record({ offset: 3 });
  const step = refuseKiller({ isKiller: ({ offset }) => offset === 3 });

  it('sets the record aside that the process died over, and no other', () => {
    expect(step(killer, killer, batchOf([]))).toMatchObject({ kind: 'fail', reason: 'crash' });
    const good = record({ offset: 4 });
    expect(step(good, good, batchOf([]))).toEqual({ kind: 'ok', value: good });
  });
});
