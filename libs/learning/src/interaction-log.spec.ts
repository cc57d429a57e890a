import { interactionLog } from './interaction-log.js';

test('interactions that go back in time are refused with the place', () => {
  const at = (time: number) => ({ subject: 's', item: 'a', action: 'view', time }) as const;
  expect(() => interactionLog([at(1), at(2), at(1)])).toThrow('interaction 2 (s, a) is older than the one before it');
});
