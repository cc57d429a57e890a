import { vectorOfText, vectorText } from './vector-text.js';

it('a vector comes back from its text', () => {
  const vector = new Float32Array([0.6, -0.8, 0]);
  expect(vectorText(vector.subarray(0, 1))).toBe('mpkZPw==');
  expect(vectorOfText(vectorText(vector))).toEqual(vector);
});

it.each(['', 'AAA=', 'mpkZPwA='])('a text that is not of whole numbers is no vector: %j', (text) => {
  expect(vectorOfText(text)).toBeUndefined();
});
