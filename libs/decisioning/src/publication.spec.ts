import type { PlacementId } from '@offerstream/contracts';
import {
  CorruptPublication,
  decodePublication,
  encodePublication,
  publishedOffer,
  type Message,
  type OfferMessage,
} from './publication.js';

const OFFER: OfferMessage = {
  topic: 'offers',
  id: '00ff'.repeat(8),
  timeMs: 1_764_000_000_123,
  value: Buffer.from('{"a":"é"}'),
  terms: { validUntilMs: 1_764_000_600_000, items: [7n, -(2n ** 63n)] },
};
const VECTOR: Message = {
  topic: 'user-vectors',
  id: 'ab'.repeat(16),
  timeMs: 0,
  model: 'demo.m',
  value: Buffer.from(
    JSON.stringify({
      tenant: 'demo',
      subject: 'anna',
      model: { name: 'demo.m', version: '3' },
      revision: 7,
      vector: 'AACAPw==',
      updatedAt: '2026-11-24T10:00:00.000Z',
    }),
  ),
};
const messages: readonly Message[] = [OFFER, VECTOR];
const WITHOUT_TERMS: Message = { topic: 'offers', id: OFFER.id, timeMs: OFFER.timeMs, value: OFFER.value };
/** As format 1 has one: topic, id, time and length of the value, all little-endian, and the value. */
const FORMAT_1 = Buffer.from(`0100${OFFER.id}00b0877e69ab79420a000000${OFFER.value.toString('hex')}`, 'hex');

describe('a stored publication', () => {
  it.each([[messages], [[]], [messages.slice(1)], [[WITHOUT_TERMS, ...messages]]])(
    'gives back what was stored',
    (stored) => {
      expect(decodePublication(encodePublication(stored))).toEqual(stored);
    },
  );

  it('is read in format 1, whose offers have no terms', () => {
    expect(decodePublication(FORMAT_1)).toEqual([WITHOUT_TERMS]);
    expect(encodePublication(decodePublication(FORMAT_1))[0]).toBe(2);
  });

  it('is refused where it ends too early, wherever that is', () => {
    const bytes = encodePublication(messages);
    const whole = encodePublication(messages.slice(0, 1)).length;
    for (let length = 0; length < bytes.length; length++) {
      // Where one message ends and nothing follows, there is nothing wrong to be seen.
      if (length === 1 || length === whole) continue;
      expect(() => decodePublication(bytes.subarray(0, length))).toThrow(CorruptPublication);
    }
  });

  it('is refused in another format or with an unknown topic, with the fix in the message', () => {
    const format = encodePublication(messages);
    format[0] = 3;
    const topic = encodePublication(messages);
    topic[1] = 7;
    for (const bytes of [format, topic]) expect(() => decodePublication(bytes)).toThrow('REBUILD=');
  });
});

describe('the offer of a placement', () => {
  const offer = (placement: string, subject: string): Message => ({
    ...OFFER,
    topic: 'offers',
    value: Buffer.from(JSON.stringify({ subject, placement, items: [] })),
  });
  const home = offer('home', 'anna","placement":"cart');
  const cart = offer('cart', 'anna');
  const stored = encodePublication([home, VECTOR, cart]);

  it('of format 1 is found too', () => {
    const value = Buffer.from('{"placement":"home"}');
    const stored1 = Buffer.concat([FORMAT_1.subarray(0, 26), Buffer.from([value.length, 0, 0, 0]), value]);
    expect(publishedOffer(stored1, 'home' as PlacementId)).toEqual({ value });
  });

  it('is found among the others', () => {
    expect(publishedOffer(stored, 'home' as PlacementId)).toEqual({ value: home.value, terms: OFFER.terms });
    expect(publishedOffer(stored, 'cart' as PlacementId)).toEqual({ value: cart.value, terms: OFFER.terms });
    expect(publishedOffer(stored, 'car' as PlacementId)).toBeUndefined();
  });
});
