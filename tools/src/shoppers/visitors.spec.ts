import { createDemoShop, type ShopEvent, type Visit } from '@offerstream/demo-shop';
import { Visitors, type DueEvent } from './visitors.js';

const TICK_MS = 100;

it('makes about the wanted number of events a second, spread over many shoppers', () => {
  const visitors = new Visitors({ visits: createDemoShop(1).open(1).visits, eventsPerSecond: 30, random: () => 0.5 });
  const subjects = new Set<string>();
  let events = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += TICK_MS) {
    for (const { subject } of visitors.due(nowMs)) {
      subjects.add(subject);
      events += 1;
    }
  }
  expect(events / 60).toBeGreaterThan(20);
  expect(events / 60).toBeLessThan(40);
  expect(subjects.size).toBeGreaterThan(50);
});

it("tells each shopper's events in order, and never two of one shopper at once", () => {
  const visits: readonly Visit[] = createDemoShop(1).open(2).visits.take(400).toArray();
  const told = new Map<string, string[]>();
  const visitors = new Visitors({
    visits: { next: () => ({ done: false, value: waiting.shift() as Visit }) },
    eventsPerSecond: 10,
    random: () => 0.3,
  });
  const waiting = [...visits];
  for (let nowMs = 0; waiting.length > 300; nowMs += TICK_MS) {
    const due = visitors.due(nowMs);
    expect(new Set(due.map(({ subject }) => subject)).size).toBe(due.length);
    for (const { subject, event } of due) told.set(subject, [...(told.get(subject) ?? []), event.name]);
  }
  for (const [subject, names] of told) {
    const expected = visits.filter((visit) => visit.subject === subject).flatMap(({ events }) => events);
    expect(names).toEqual(expected.slice(0, names.length).map(({ name }) => name));
  }
});

it('lets a visitor answer an offer first and then go on, and nobody who has left', () => {
  const visit = createDemoShop(1)
    .open(3)
    .visits.find(({ events }) => events.length > 3) as Visit;
  const visitors = new Visitors({
    visits: { next: () => ({ done: false, value: { ...visit, subject: `s${++visits}` } }) },
    eventsPerSecond: 1,
    random: () => 0,
  });
  let visits = 0;
  const told: DueEvent[] = [];
  const answer = [visit.events[2], visit.events[1]] as ShopEvent[];
  for (let nowMs = 0; visits < 4; nowMs += TICK_MS) {
    const due = visitors.due(nowMs).filter(({ subject }) => subject === 's1');
    told.push(...due);
    if (told.length === 2 && due.length > 0) visitors.answerFirst('s1', answer, 'o1');
  }
  visitors.answerFirst('s1', answer, 'o2');
  visitors.due(Infinity);
  const before = visit.events.slice(0, 2);
  expect(told.map(({ event }) => event)).toEqual([...before, ...answer, ...visit.events.slice(2)]);
  expect(told.map(({ offerId }) => offerId)).toEqual([
    undefined,
    undefined,
    'o1',
    'o1',
    ...visit.events.slice(2).map(() => undefined),
  ]);
  expect(visitors.due(Infinity).map(({ subject }) => subject)).not.toContain('s1');
});
