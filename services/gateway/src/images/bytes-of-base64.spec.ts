import { bytesOfBase64 } from './bytes-of-base64.js';

it.each(['', 'a', 'ab', 'abc', 'abcd', '\u00ff\u00fe\u00fd'])('reads what was made of %j', (content) => {
  const bytes = Buffer.from(content, 'latin1');
  for (const encoding of ['base64', 'base64url'] as const)
    expect(bytesOfBase64(bytes.toString(encoding))).toEqual(bytes);
});

it.each([
  'a',
  'YWJjZ',
  'YW=',
  'YQ=',
  '===',
  'YWJ*',
  'data:image/png;base64,YWJj',
  'YW Jj',
  'https://shop.example/a.jpg',
])('%j is none', (text) => {
  expect(bytesOfBase64(text)).toBeUndefined();
});
