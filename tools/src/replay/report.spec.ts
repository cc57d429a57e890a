import { ACTION, type ItemId } from '@offerstream/contracts';
import type { HistoryEvent } from '../events/history.js';
import { Outcomes } from './outcomes.js';
import { replayReport, reportText } from './report.js';

const event = (subject: string, ...items: string[]): HistoryEvent => ({
  messageId: '',
  subject,
  timeMs: 0,
  interactions: items.map((item) => ({ item: item as ItemId, action: ACTION.view })),
  call: '',
});

const report = (training: readonly HistoryEvent[], replayed: readonly HistoryEvent[], outcomes: Outcomes) =>
  replayReport({
    tenant: 'demo',
    placement: 'home',
    files: ['a'],
    trainFraction: 0.5,
    rows: { unreadable: 0, firstUnreadable: [], skipped: {} },
    training,
    replayed,
    outcomes,
  });

it("looks for an event's items in the offer of the shopper's previous event, and nowhere else", () => {
  const training = [event('anna', 'a'), event('ben', 'x')];
  const replayed = [
    event('anna', 'b'), // the previous event was not sent: a miss
    event('carl', 'c'), // no earlier event: not counted
    event('anna'), // on no item: passed over
    event('anna', 'd', 'z'), // z is in the offer of b: a hit
    event('anna', 'a'), // a repeat, in the offer of d, z
    event('carl', 'd'), // dropped event before: a miss
    event('dora', 'e'),
    event('dora', 'f'), // dropped, and a miss
    event('dora', 'g'), // in the offer of e, which is not the previous event: a miss
  ];
  const outcomes = new Outcomes(replayed.length);
  outcomes.take({ kind: 'offer', event: 0, items: ['z', 'a'], latencyMs: 10 });
  outcomes.take({ kind: 'dropped', event: 1, reason: 'duplicate' });
  outcomes.take({ kind: 'applied', event: 2 });
  outcomes.take({ kind: 'offer', event: 3, items: ['a'], latencyMs: 30 });
  outcomes.take({ kind: 'offer', event: 4, items: ['d'] });
  outcomes.take({ kind: 'offer', event: 5, items: ['d'], latencyMs: 20 });
  outcomes.take({ kind: 'offer', event: 6, items: ['g'] });
  outcomes.take({ kind: 'dropped', event: 7, reason: 'duplicate' });
  outcomes.take({ kind: 'applied', event: 8 });
  const { hitRateAt10, latencyMs } = report(training, replayed, outcomes);
  expect(hitRateAt10.repeatsAllowed).toMatchObject({ events: 6, served: 2 / 6 });
  expect(hitRateAt10.newItemsOnly).toMatchObject({ events: 5, served: 1 / 5 });
  expect(latencyMs).toEqual({ events: 3, p50: 20, p90: 30, p99: 30 });
});

it('accounts for every event once', () => {
  const replayed = Array.from({ length: 6 }, (_, i) => event(`s${i}`, 'a'));
  const outcomes = new Outcomes(6);
  outcomes.take({ kind: 'accepted', events: [0, 1, 2, 3, 4] });
  outcomes.take({ kind: 'offer', event: 0, items: [] });
  outcomes.take({ kind: 'applied', event: 1 });
  outcomes.take({ kind: 'failed', event: 2, reason: 'crash' });
  outcomes.take({ kind: 'dropped', event: 3, reason: 'duplicate' });
  outcomes.take({ kind: 'dropped', event: 4, reason: 'no-consent' });
  outcomes.take({ kind: 'refused', event: 5, reason: 'too-large' });
  outcomes.take({ kind: 'time', activeMs: 2_000 });
  const { events, eventsPerSecond } = report([], replayed, outcomes);
  expect(events).toMatchObject({ replayed: 6, accepted: 5, applied: 2, withOffer: 1 });
  expect(events.failed).toEqual({ count: 1, reasons: { crash: 1 } });
  expect(events.dropped).toEqual({ count: 2, reasons: { duplicate: 1, 'no-consent': 1 } });
  expect(events.refused).toEqual({ count: 1, reasons: { 'too-large': 1 } });
  expect(events.accepted).toBe(events.applied + events.failed.count + events.dropped.count);
  expect(eventsPerSecond).toBe(2.5);
  expect(reportText(report([], replayed, outcomes))).toContain('1 events were known to the line from before');
  expect(reportText(report([], replayed, outcomes))).toContain(
    'accepted 5 = applied 2 + failed 1 (crash 1) + dropped 2',
  );
});
