import { EventJournal } from './event-journal.js';

const offer = (messageId: string, strategy = 'personal', version = '1'): Buffer =>
  Buffer.from(
    `{"id":"x","items":[{"item":"a","rank":1,"score":1,"strategy":"${strategy}"},{"item":"b","rank":2,"score":0,"strategy":"popular"}],` +
      `"model":{"name":"bench.collaborative","version":"${version}"},"cause":{"messageId":"${messageId}","eventTime":"t"}}`,
  );

describe('the journal of events', () => {
  it('tells waiting for the acknowledgement, and for the offer, from when the event was due and from when it was accepted', () => {
    const journal = new EventJournal();
    const event = journal.begin(100);
    journal.accepted(event, 103);
    journal.offerSeen(offer(journal.messageId(event)), 110);
    const at = (ms: number) => ({ p50: ms, p90: ms, p95: ms, p99: ms, max: ms });
    expect(journal.summary(0)).toEqual({
      events: 1,
      refused: 0,
      firstRefusal: undefined,
      offersShare: 1,
      strategies: { personal: 1 },
      acceptMs: at(3),
      acceptedToOfferMs: at(7),
      eventToOfferMs: at(10),
    });
  });

  it('counts the first of an event’s offers, and none of events that it did not send', () => {
    const journal = new EventJournal();
    const event = journal.begin(0);
    journal.offerSeen(offer(journal.messageId(event), 'popular'), 5);
    journal.offerSeen(offer(journal.messageId(event), 'personal'), 50);
    journal.offerSeen(offer('bench-77'), 6);
    journal.offerSeen(offer('somebody-else'), 6);
    expect(journal.summary(0)).toMatchObject({ strategies: { popular: 1 }, eventToOfferMs: { max: 5 } });
  });

  it('keeps to the window: events before and after it are not in its figures', () => {
    const journal = new EventJournal();
    for (let event = 0; event < 3; event++) {
      journal.begin(0);
      if (event !== 1) journal.offerSeen(offer(journal.messageId(event)), 1_000);
    }
    expect(journal.summary(1, 2)).toMatchObject({ events: 1, refused: 1, offersShare: 0, eventToOfferMs: undefined });
    expect(journal.offersOf(0, 3)).toBe(2);
  });

  it('says why an event was refused', () => {
    const journal = new EventJournal();
    journal.begin(0);
    journal.refused(journal.begin(0), 'answered 503');
    expect(journal.summary(0)).toMatchObject({ refused: 2, firstRefusal: 'answered 503' });
  });

  it('knows when a model version, or a strategy, was first seen', () => {
    const journal = new EventJournal();
    for (const [seenAt, strategy, version] of [
      [10, 'personal', '1'],
      [30, 'personal', '2'],
      [20, 'last', '2'],
    ] as const)
      journal.offerSeen(offer(journal.messageId(journal.begin(0)), strategy, version), seenAt);
    expect(journal.firstSeen(0, { version: '2' })).toBe(20);
    expect(journal.firstSeen(0, { version: '2', strategy: 'personal' })).toBe(30);
    expect(journal.firstSeen(0, { version: '3' })).toBeUndefined();
  });
});
