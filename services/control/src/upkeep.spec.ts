import { once } from 'node:events';
import { DatabaseTooSlow, DatabaseUnavailable } from '@offerstream/database';
import { Upkeep } from './upkeep.js';

/** Does a chore whose times turn out as they are given, and tells what is said of it. */
const warningsOf = async (turns: readonly (Error | undefined)[]): Promise<readonly string[]> => {
  const left = [...turns];
  const over = new AbortController();
  const warnings: string[] = [];
  const work = (): Promise<void> => {
    if (left.length === 0) over.abort();
    const error = left.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  const upkeep = new Upkeep([{ everyMs: 1, work }], (message) => warnings.push(message));
  upkeep.start(Promise.resolve());
  await once(over.signal, 'abort');
  await upkeep.stop();
  return warnings;
};

it('says what keeps a chore from being done, once while it stays the same', async () => {
  const [slow, away] = [new DatabaseTooSlow(undefined, ['big']), new DatabaseUnavailable(undefined)];
  expect(await warningsOf([undefined, slow, slow, slow, away, away, undefined, away])).toEqual([
    slow.message,
    away.message,
    away.message,
  ]);
});
