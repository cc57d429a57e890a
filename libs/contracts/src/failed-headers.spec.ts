import { failedHeaders, readFailedHeaders, withoutFailedHeaders } from './failed-headers.js';

const failure = { step: 'decodeEvent', reason: 'undecodable', detail: 'not JSON' } as const;
const origin = { topic: 'clickstream', partition: 3, offset: 17, appendedAt: 1_700_000_000_000 };
const asRead = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

it.each([
  ['found on a topic', { ...failure, origin }],
  ['refused before it was on one', failure],
])('says again what was written of a record that was %s', (_, written) => {
  expect(readFailedHeaders(asRead(failedHeaders(written)))).toEqual(written);
});

it('has no origin where a part of it is missing or is no number', () => {
  const headers = failedHeaders({ ...failure, origin });
  for (const name of ['origin-topic', 'origin-partition', 'origin-offset', 'origin-timestamp']) {
    expect(readFailedHeaders({ ...asRead(headers), [name]: null }).origin).toBeUndefined();
  }
  expect(readFailedHeaders({ ...asRead(headers), 'origin-offset': Buffer.from('x') }).origin).toBeUndefined();
});

it('takes records that say nothing', () => {
  expect(readFailedHeaders({})).toMatchObject({ step: 'unknown', reason: 'unknown', detail: '' });
});

it('gives a record its own headers back', () => {
  const own = { ce_id: 'm', offer: 'each' };
  expect(withoutFailedHeaders({ ...own, ...failedHeaders({ ...failure, origin }) })).toEqual(own);
});
