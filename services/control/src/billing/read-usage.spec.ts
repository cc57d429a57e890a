import { readUsage } from './read-usage.js';

const USAGE = {
  tenant: 'shop',
  source: 'gateway',
  epoch: 'a',
  window: '2026-03-01T10:00:00.000Z',
  counts: { offers: 1 },
};
const KEY = 'shop:gateway:a:2026-03-01T10:00:00.000Z';
const read = (value: string | null, key: string | null = KEY) =>
  readUsage({ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) });

it('reads what the contract says, and what a later version may add', () => {
  expect(read(JSON.stringify({ ...USAGE, more: 1 }))).toMatchObject({ kind: 'usage', usage: USAGE });
});

it.each([
  ['a tombstone', null],
  ['no JSON', '{'],
  ['no object', '1'],
  ['a count below nothing', JSON.stringify({ ...USAGE, counts: { offers: -1 } })],
  ['a part of a unit', JSON.stringify({ ...USAGE, counts: { offers: 0.5 } })],
  ['more than can be counted', JSON.stringify({ ...USAGE, counts: { offers: 2 ** 53 } })],
  ['a meter without a name', JSON.stringify({ ...USAGE, counts: { '': 1 } })],
  ['a tenant that is none', JSON.stringify({ ...USAGE, tenant: 'No Shop' })],
  ['no window', JSON.stringify({ ...USAGE, window: 'now' })],
])('%s is no usage, and it says why', (_name, value) => {
  expect(read(value)).toEqual({ kind: 'misfit', detail: expect.stringMatching(/\w/) as string });
});

it.each([null, 'other:gateway:a:2026-03-01T10:00:00.000Z', 'shop'])('the key %s is not one of the tenant', (key) => {
  expect(read(JSON.stringify(USAGE), key)).toEqual({ kind: 'misfit', detail: "the key is another tenant's" });
});
