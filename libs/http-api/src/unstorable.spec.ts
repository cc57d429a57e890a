import { unstorable } from './unstorable.js';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

it.each([
  ['a NUL in a value', { a: ['x\0'] }, 'NUL'],
  ['a NUL in a key', { 'a\0': 1 }, 'NUL'],
  ['half of a surrogate pair', { a: '\ud800' }, 'surrogate'],
  ['a key __proto__', JSON.parse('{"a":{"__proto__":{"x":1}}}'), '__proto__'],
  ['a key constructor.prototype', { a: [{ constructor: { prototype: {} } }] }, 'constructor.prototype'],
  ['nesting without end', nested(33), 'deeper'],
])('%s is refused', (_name, value, reason) => {
  expect(unstorable(value)).toContain(reason);
});

it.each([null, undefined, 1, 'text', '😀', { a: [{ b: null }], constructor: { a: 1 } }, nested(32)])(
  'an ordinary value passes: %j',
  (value) => {
    expect(unstorable(value)).toBeUndefined();
  },
);
