import { readStrayOrigin, strayHeaders, withoutStrayHeaders } from './stray-headers.js';

const origin = { partition: 3, offset: 17, appendedAt: 1_700_000_000_000 };
const LATER = origin.appendedAt + 5_000;
const asRead = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

it('says again where a stray first came onto the topic', () => {
  expect(readStrayOrigin(asRead(strayHeaders(origin)), LATER)).toEqual(origin);
});

it('knows of none where nothing is said', () => {
  expect(readStrayOrigin({}, LATER)).toBeUndefined();
});

it.each([
  ['stray-partition', null],
  ['stray-partition', '-1'],
  ['stray-partition', '2147483648'],
  ['stray-offset', null],
  ['stray-offset', '1.5'],
  ['stray-offset', '9007199254740992'],
  ['stray-offset', '99999999999999999999'],
  ['stray-timestamp', null],
  ['stray-timestamp', ''],
  ['stray-timestamp', '1e3'],
])('takes none whose %s is %p', (name, value) => {
  const headers = { ...asRead(strayHeaders(origin)), [name]: value === null ? null : Buffer.from(value) };
  expect(readStrayOrigin(headers, LATER)).toBeUndefined();
});

it('never takes an event for younger than its copy', () => {
  const headers = asRead(strayHeaders({ ...origin, appendedAt: LATER + 1 }));
  expect(readStrayOrigin(headers, LATER)?.appendedAt).toBe(LATER);
});

it('gives a record its own headers back', () => {
  const own = { ce_id: 'm', offer: 'each' };
  expect(withoutStrayHeaders({ ...own, ...strayHeaders(origin) })).toEqual(own);
});
