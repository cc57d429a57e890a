import { interactionLog, type Interaction } from './interaction-log.js';
import { repeatAffinity, repeatCase } from './repeat-affinity.js';

const NO_DECAY = { rankExponent: 0, halfLifeMs: Infinity } as const;
const VIEW = 1;
const CART = 4;

test('a chance is repeats by exposures of its case', () => {
  const steps: [string, Interaction['action']][] = [
    ['a', 'cart'],
    ['b', 'view'],
    ['a', 'purchase'],
  ];
  const interactions = Array.from({ length: 200 }, (_, n) =>
    steps.map(([item, action], i) => ({ subject: `s${n}`, item, action, time: i })),
  )
    .flat()
    .sort((x, y) => x.time - y.time);
  const { chances } = repeatAffinity(interactionLog(interactions), 50, NO_DECAY);
  const chance = (newestAction: number, itemAction: number, isNewest: number): number =>
    chances[repeatCase({ newestAction, itemAction, isNewest, furtherTouches: 0 })] as number;
  // After a view, the carted item is what comes next; the viewed one is not.
  expect(chance(VIEW, CART, 0)).toBeCloseTo(1, 1);
  expect(chance(VIEW, VIEW, 1)).toBeCloseTo(0, 2);
  expect(chance(CART, CART, 1)).toBeCloseTo(0, 2);
});

test('a case that was hardly seen has a small chance', () => {
  const { chances } = repeatAffinity(interactionLog([]), 50, NO_DECAY);
  expect(Math.max(...chances)).toBeLessThan(0.05);
});

test('every case has an index of its own', () => {
  const indexes = [0, 1, 2, 3, 4, 5, 6].flatMap((newestAction) =>
    [0, 1, 2, 3, 4, 5, 6].flatMap((itemAction) =>
      [0, 1].flatMap((isNewest) =>
        [0, 1, 2].map((furtherTouches) => repeatCase({ newestAction, itemAction, isNewest, furtherTouches })),
      ),
    ),
  );
  expect(new Set(indexes).size).toBe(indexes.length);
  expect(Math.max(...indexes)).toBe(repeatAffinity(interactionLog([]), 50, NO_DECAY).chances.length - 1);
});
