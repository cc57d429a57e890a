import { shortText } from './short-text.js';

it.each([
  ['words of any script', 'Käse & Æbler نمونه‌ای', true],
  ['a joined emoji', '👩‍🚀', true],
  ['100 characters', '👩'.repeat(100), true],
  ['101 characters', 'a'.repeat(101), false],
  ['nothing', '', false],
  ['a line feed', 'a\nb', false],
  ['a bell', 'a\u0007', false],
  ['a control character beyond ASCII', 'a\u0085', false],
])('a short text of %s', (_, text, allowed) => {
  expect(shortText.safeParse(text).success).toBe(allowed);
});
