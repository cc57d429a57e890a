import {
  apiKeyId,
  hashApiKey,
  isOwnWriteKey,
  isSessionToken,
  makeApiKey,
  makeSessionToken,
  readApiKey,
} from './api-key.js';

const bytes = (fill: (index: number) => number) => Uint8Array.from({ length: 32 }, (_, index) => fill(index));
const KEY = makeApiKey(
  { kind: 'sk', mode: 'live' },
  bytes((index) => index * 7 + 1),
);

describe('a key', () => {
  it('has the published form, worked out by hand for the smallest and the largest secret', () => {
    // Python: zlib.crc32(b'ofs_wk_test_' + b'0' * 43) and int.from_bytes(b'\xff' * 32), both in base 62.
    expect(
      makeApiKey(
        { kind: 'wk', mode: 'test' },
        bytes(() => 0),
      ),
    ).toBe(`ofs_wk_test_${'0'.repeat(43)}4MGXKs`);
    expect(
      makeApiKey(
        { kind: 'sk', mode: 'live' },
        bytes(() => 255),
      ),
    ).toBe('ofs_sk_live_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13ZIQfs');
  });

  it('says what it is', () => {
    expect(KEY).toMatch(/^ofs_sk_live_[0-9A-Za-z]{49}$/);
    expect(readApiKey(KEY)).toEqual({ kind: 'sk', mode: 'live' });
  });

  it('with any character changed, left out or doubled is known as a typo', () => {
    for (let index = 0; index < KEY.length; index++) {
      const other = KEY[index] === 'x' ? 'y' : 'x';
      expect(readApiKey(KEY.slice(0, index) + other + KEY.slice(index + 1))).toBeUndefined();
      expect(readApiKey(KEY.slice(0, index) + KEY.slice(index + 1))).toBeUndefined();
      expect(readApiKey(KEY.slice(0, index) + String(KEY[index]) + KEY.slice(index))).toBeUndefined();
    }
    expect(readApiKey(` ${KEY}`)).toBeUndefined();
    expect(readApiKey(`${KEY}\n`)).toBeUndefined();
  });

  it('is not a session, nor a session a key', () => {
    const token = makeSessionToken(bytes((index) => index));
    expect([isSessionToken(token), isSessionToken(KEY), readApiKey(token)]).toEqual([true, false, undefined]);
    expect(isSessionToken(token.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')))).toBe(false);
  });

  it('is made of 32 bytes and no fewer', () => {
    expect(() => makeSessionToken(new Uint8Array(31))).toThrow(RangeError);
  });

  it('is known by its SHA-256 and called by the start of it', () => {
    expect(hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(apiKeyId(hashApiKey('abc'))).toBe('ba7816bf8f01cfea');
  });
});

it.each([
  ['demo-write-key', true],
  ['short', false],
  ['has:colon', false],
  ['has space in it', false],
  ['ofs_wk_live_typo', false],
  ['x'.repeat(201), false],
])('a write key of one’s own: %s', (text, allowed) => {
  expect(isOwnWriteKey(text)).toBe(allowed);
});
