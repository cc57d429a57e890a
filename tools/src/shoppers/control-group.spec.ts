import { isInControlGroup } from './control-group.js';

it('is a fifth of the shoppers, always the same ones', () => {
  const subjects = Array.from({ length: 2_500 }, (_, index) => `shopper-${index + 1}`);
  const members = subjects.filter(isInControlGroup);
  expect(members.length / subjects.length).toBeGreaterThan(0.17);
  expect(members.length / subjects.length).toBeLessThan(0.23);
  expect(members.slice(0, 3)).toEqual(['shopper-1', 'shopper-8', 'shopper-13']);
});
