import type { TenantId } from '@offerstream/contracts';
import { TenantTurns } from './tenant-turns.js';

const A = 'a' as TenantId;
const B = 'b' as TenantId;
const C = 'c' as TenantId;
const done = () => Promise.resolve('done');

it('who had no turn the longest is next', async () => {
  const turns = new TenantTurns(1);
  await turns.take(A, done);
  expect(turns.inOrder([A, B, C])).toEqual([B, C, A]);
  await turns.take(C, done);
  await turns.take(B, done);
  expect(turns.inOrder([A, B, C])).toEqual([A, C, B]);
});

it('a turn counts also for who had no work meanwhile, as long as somebody waits who had none since', async () => {
  const turns = new TenantTurns(1);
  await turns.take(A, done);
  await turns.take(B, done);
  expect(turns.inOrder([A])).toEqual([A]);
  expect(turns.inOrder([B, A])).toEqual([A, B]);
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = turns.take(A, () => promise);
  await turns.take(C, done);
  expect(turns.inOrder([A])).toEqual([]);
  resolve('long');
  await running;
  expect(turns.inOrder([C, A])).toEqual([A, C]);
});

it('who has no work is not remembered for ever', async () => {
  const turns = new TenantTurns(1);
  for (let at = 0; at < 100; at++) await turns.take(`tenant-${at}` as TenantId, done);
  await turns.take(A, done);
  turns.inOrder([A]);
  expect(turns).toMatchObject({ lastTurns: new Map([[A, 101]]) });
  turns.inOrder([]);
  expect(turns).toMatchObject({ lastTurns: new Map() });
});

it('a tenant has no more under way than its share', async () => {
  const turns = new TenantTurns(2);
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = [turns.take(A, () => promise), turns.take(A, () => promise)];
  expect(turns.inOrder([A, B])).toEqual([B]);
  expect(await turns.take(A, done)).toBeUndefined();
  resolve('long');
  expect(await Promise.all(running)).toEqual(['long', 'long']);
  expect(await turns.take(A, done)).toBe('done');
});

it('work that fails ends its turn', async () => {
  const turns = new TenantTurns(1);
  await expect(turns.take(A, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns.take(A, done)).toBe('done');
});
