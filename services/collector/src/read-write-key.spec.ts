import { readWriteKey } from './read-write-key.js';

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

it.each([
  [basic('key:'), 'other', 'key'],
  [basic('key'), undefined, 'key'],
  [basic('key:password'), undefined, 'key'],
  [basic('key:').replace('Basic', 'basic'), undefined, 'key'],
  [basic(':'), 'key', 'key'],
  ['Bearer token', 'key', 'key'],
  ['Basic', 'key', 'key'],
  ['Basic ***', 'key', 'key'],
  [undefined, 'key', 'key'],
  [undefined, 7, undefined],
  [undefined, '', undefined],
  [undefined, undefined, undefined],
])('reads from the header %j and the body %j the write key %j', (authorization, inBody, expected) => {
  expect(readWriteKey(authorization, inBody)).toBe(expected);
});
