import { createPrequential } from './prequential.js';

const event = (subject: string, ...items: string[]) => ({ subject, items });

test('only events with an earlier event of their shopper are asked', () => {
  const prequential = createPrequential([event('anna', 'a')]);
  prequential.observe(event('ben', 'a'), ['a']);
  prequential.observe(event('anna', 'b'), ['b']);
  prequential.observe(event('ben', 'c'), undefined);
  const { repeatsAllowed } = prequential.report();
  expect(repeatsAllowed.events).toBe(2);
  expect(repeatsAllowed.served).toBe(1 / 2);
});

test('a hit is in the first ten', () => {
  const list = Array.from({ length: 20 }, (_, i) => `i${i}`);
  const prequential = createPrequential([event('anna', 'x')]);
  prequential.observe(event('anna', 'i9'), list);
  prequential.observe(event('anna', 'i10'), list);
  expect(prequential.report().repeatsAllowed.served).toBe(1 / 2);
});

test('without repeats, events on touched items leave the denominator and touched items leave the list', () => {
  const list = Array.from({ length: 20 }, (_, i) => `i${i}`);
  const prequential = createPrequential([event('anna', 'i0'), event('anna', 'i1')]);
  prequential.observe(event('anna', 'i0'), list);
  prequential.observe(event('anna', 'i11'), list);
  const { repeatsAllowed, newItemsOnly } = prequential.report();
  expect(repeatsAllowed).toMatchObject({ events: 2, served: 1 / 2 });
  // i11 is the tenth when i0 and i1 are gone.
  expect(newItemsOnly).toMatchObject({ events: 1, served: 1 });
});

test('of an order with several products one suffices, without repeats one that is new', () => {
  const prequential = createPrequential([event('anna', 'a')]);
  prequential.observe(event('anna', 'a', 'b'), ['a']);
  prequential.observe(event('anna', 'c', 'd'), ['x', 'd']);
  const { repeatsAllowed, newItemsOnly } = prequential.report();
  expect(repeatsAllowed).toMatchObject({ events: 2, served: 1 });
  expect(newItemsOnly).toMatchObject({ events: 2, served: 1 / 2 });
});

test('the popularity of the baseline counts the training part and what was observed before', () => {
  const others = Array.from({ length: 10 }, (_, i) => [event(`s${i}`, `p${i}`), event(`t${i}`, `p${i}`)]).flat();
  const prequential = createPrequential([event('anna', 'p0'), ...others]);
  prequential.observe(event('anna', 'q'), []);
  for (const subject of ['ben', 'carl', 'dora']) prequential.observe(event(subject, 'q'), []);
  prequential.observe(event('anna', 'q'), []);
  expect(prequential.report().repeatsAllowed).toMatchObject({ events: 2, popularity: 1 / 2 });
  expect(prequential.report().newItemsOnly).toMatchObject({ events: 1, popularity: 0 });
});

test('the neighbours of the last item come from the training part alone', () => {
  const prequential = createPrequential([
    event('anna', 'a'),
    event('anna', 'b'),
    event('ben', 'a'),
    event('carl', 'z'),
  ]);
  prequential.observe(event('ben', 'b'), []);
  // a → c is learned too late for the baseline.
  prequential.observe(event('carl', 'a'), []);
  prequential.observe(event('carl', 'c'), []);
  expect(prequential.report().repeatsAllowed).toMatchObject({ events: 3, lastItemNeighbours: 1 / 3 });
});

test('an event without items changes nothing', () => {
  const prequential = createPrequential([event('anna', 'a'), event('ben')]);
  prequential.observe(event('anna'), ['a']);
  prequential.observe(event('ben', 'a'), ['a']);
  expect(prequential.report().repeatsAllowed.events).toBe(0);
});
