import { MAX_EVENT_BYTES } from '@offerstream/contracts';
import { completeCall, type Envelope } from './complete-call.js';

const RECEIVED = '2026-11-24T12:00:00.000Z';

const envelope: Envelope = {
  received: { text: RECEIVED, ms: Date.parse(RECEIVED) },
  correctsClock: true,
  type: undefined,
  sent: undefined,
  shared: {},
  newMessageId: () => 'made',
};

const view = {
  type: 'track',
  event: 'Product Viewed',
  userId: 'anna',
  messageId: 'm-1',
  properties: { product_id: 'p' },
};

const complete = (call: unknown, changes: Partial<Envelope> = {}) => {
  const text = typeof call === 'string' ? call : JSON.stringify(call);
  const result = completeCall(text, { start: 0, end: text.length }, JSON.parse(text), { ...envelope, ...changes });
  return {
    result,
    text: result.value.toString(),
    value: JSON.parse(result.value.toString()) as Record<string, unknown>,
  };
};

describe('completing a call', () => {
  it('adds the time of receipt and leaves everything else as it came', () => {
    const call =
      '{ "type":"track", "event":"x","userId":"anna","messageId":"m-1","timestamp":"2026-11-24T11:00:00Z",' +
      '"__proto__":{"polluted":true}, "n":12345678901234567890, "n":1.0,"ü":"\\u00fc" }';
    const { text } = complete(call);
    expect(text).toBe(`{${call.slice(2, -2)},"receivedAt":"${RECEIVED}"}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['a slow clock', '2026-11-24T09:59:58.000Z', '2026-11-24T10:00:00.000Z', '2026-11-24T11:59:58.000Z'],
    ['a fast clock', '2030-01-01T00:00:00Z', '2030-01-01T00:00:01Z', '2026-11-24T11:59:59.000Z'],
    ['an event of the future by its own clock', '2026-11-24T10:00:09Z', '2026-11-24T10:00:00Z', RECEIVED],
    ['the year 9999', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', RECEIVED],
    ['a sender of the year 9999', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '1970-01-01T00:00:00.000Z'],
  ])('corrects %s: timestamp = receivedAt − (sentAt − timestamp)', (_, timestamp, sentAt, corrected) => {
    const { result, value } = complete({ ...view, timestamp, sentAt });
    expect(value).toMatchObject({ timestamp: corrected, originalTimestamp: timestamp, sentAt });
    expect(result).toMatchObject({ ok: true, timeMs: Date.parse(corrected) });
  });

  it('takes the time of sending from the request for every event of a batch', () => {
    const { value } = complete(
      { ...view, timestamp: '2026-11-24T10:00:00.000Z', sentAt: 'yesterday' },
      { sent: { text: '2026-11-24T10:00:01.000Z', ms: Date.parse('2026-11-24T10:00:01.000Z') } },
    );
    expect(value).toMatchObject({ timestamp: '2026-11-24T11:59:59.000Z', sentAt: '2026-11-24T10:00:01.000Z' });
  });

  it.each([
    ['without a time of sending', { ...view, timestamp: '2020-01-01T00:00:00Z' }, {}],
    ['in an import', { ...view, timestamp: '2020-01-01T00:00:00Z', sentAt: RECEIVED }, { correctsClock: false }],
    ['with a malformed time of sending', { ...view, timestamp: '2020-01-01T00:00:00Z', sentAt: 5 }, {}],
  ])('leaves the timestamp alone %s', (_, call, changes) => {
    const { result, value } = complete(call, changes);
    expect(value).toMatchObject({ timestamp: '2020-01-01T00:00:00Z' });
    expect(value).not.toHaveProperty('originalTimestamp');
    expect(result).toMatchObject({ timeMs: Date.parse('2020-01-01T00:00:00Z') });
  });

  it('gives an event without a timestamp the time of receipt', () => {
    const { result, value } = complete({ ...view, timestamp: null, sentAt: RECEIVED });
    expect(value['timestamp']).toBe(RECEIVED);
    expect(result).toMatchObject({ timeMs: envelope.received.ms });
  });

  it.each([undefined, null, ''])('makes a messageId for %j', (messageId) => {
    const { result, value } = complete({ ...view, messageId });
    expect(value['messageId']).toBe('made');
    expect(result.messageId).toBe('made');
  });

  it('lets the route decide the type', () => {
    const { result, value, text } = complete({ ...view, type: 'identify', traits: {} }, { type: 'track' });
    expect(value['type']).toBe('track');
    expect(text.match(/"type"/g)).toHaveLength(1);
    expect(result).toMatchObject({ ok: true, event: { type: 'track' } });
  });

  it('takes out the write key and what the sender says of the receipt', () => {
    const { value, text } = complete({ ...view, writeKey: 'secret', receivedAt: '1999-01-01T00:00:00Z' });
    expect(value).not.toHaveProperty('writeKey');
    expect(text.match(/receivedAt/g)).toHaveLength(1);
  });

  it('merges the context of the request under the event’s own', () => {
    const shared = '{"ip":"10.0.0.1","device":{"type":"phone"}}';
    const withContext = (context: unknown) => {
      const event = JSON.stringify({ ...view, context });
      const text = shared + event;
      const { value } = completeCall(text, { start: shared.length, end: text.length }, JSON.parse(event), {
        ...envelope,
        shared: { context: { start: 0, end: shared.length } },
      });
      return (JSON.parse(value.toString()) as { readonly context: unknown }).context;
    };
    expect(withContext(undefined)).toEqual({ ip: '10.0.0.1', device: { type: 'phone' } });
    expect(withContext({ ip: '::1', page: 1 })).toEqual({ ip: '::1', page: 1, device: { type: 'phone' } });
    expect(withContext({})).toEqual({ ip: '10.0.0.1', device: { type: 'phone' } });
    expect(withContext('web')).toBe('web');
  });

  it.each([
    ['no-subject', { ...view, userId: null }],
    ['invalid', { ...view, properties: { product_id: {} } }],
    ['invalid', { ...view, timestamp: 'yesterday' }],
    ['too-large', { ...view, padding: 'ü'.repeat(MAX_EVENT_BYTES / 2) }],
  ])('refuses with %s, the event still complete', (reason, call) => {
    const { result, value } = complete(call);
    expect(result).toMatchObject({ ok: false, reason, messageId: 'm-1' });
    expect(value).toMatchObject({ ...call, receivedAt: RECEIVED });
  });

  it.each(['null', '7', '"track"', '[]'])('refuses %s as it came', (text) => {
    expect(complete(text)).toMatchObject({ result: { ok: false, reason: 'invalid', messageId: 'made' }, text });
  });

  it('completes an empty object', () => {
    expect(complete('{}', { type: 'page' }).value).toEqual({ receivedAt: RECEIVED, type: 'page', messageId: 'made' });
  });
});
