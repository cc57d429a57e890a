import type { Session } from './session.js';
import { warmUpFeeds } from './warm-up.js';

const asking = (...names: readonly string[]) =>
  ({
    inputs: names.map((name) => ({ name, dtype: 'int64', shape: ['B', 'T'], optional: false })),
    outputs: [],
  }) as Partial<Session> as Session;

const valuesOf = async (name: string): Promise<ReadonlySet<bigint>> =>
  new Set((await warmUpFeeds(asking('input_ids', name)))[name]?.data as BigInt64Array);

test('a text encoder is tried with texts that it can read: of one kind, all of whose tokens count', async () => {
  expect(await valuesOf('token_type_ids')).toEqual(new Set([0n]));
  expect(await valuesOf('attention_mask')).toEqual(new Set([1n]));
});

test('what has no such meaning is counting numbers', async () => {
  expect(await valuesOf('input_ids')).toEqual(new Set([1n, 2n, 3n, 4n, 5n, 6n]));
});
