import type { PlacementId } from '@offerstream/contracts';
import {
  CorruptPublication,
  decodePublication,
  encodePublication,
  publishedOffer,
  type Message,
} from './publication.js';

const OFFER: Message = {
  topic: 'offers',
  id: '00ff'.repeat(8),
  timeMs: 1_764_000_000_123,
  value: Buffer.from('{"a":"é"}'),
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

describe('a stored publication', () => {
  it.each([[messages], [[]], [messages.slice(1)]])('gives back what was stored', (stored) => {
    expect(decodePublication(encodePublication(stored))).toEqual(stored);
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
    format[0] = 2;
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

  it('is found among the others', () => {
    expect(publishedOffer(stored, 'home' as PlacementId)).toEqual(home.value);
    expect(publishedOffer(stored, 'cart' as PlacementId)).toEqual(cart.value);
    expect(publishedOffer(stored, 'car' as PlacementId)).toBeUndefined();
  });
});
