import type { SubjectId } from '@offerstream/contracts';
import {
  CorruptPublication,
  decodePublication,
  encodePublication,
  recordOf,
  type Message,
  type OfferMessage,
} from './publication.js';
import { DEMO, keyOf, NOW_MS, topicName, vectorOfAnna } from './shop.fixture.js';

const OFFER: OfferMessage = { topic: 'offers', id: '00ff'.repeat(8), timeMs: NOW_MS, value: Buffer.from('{"a":"é"}') };
const VECTOR = vectorOfAnna();
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

describe('a record of a message', () => {
  const shopper = { tenant: DEMO, subject: 'anna' as SubjectId, key: keyOf('anna') };
  const keysOf = (each: readonly Message[]) =>
    each.map((message) => {
      const { key, partitionKey } = recordOf(message, shopper, topicName);
      return [key, partitionKey];
    });

  it('has a key of its own for each model’s vector, and lies with the shopper’s others', () => {
    const vectors = ['demo.content', 'demo.behaviour'].map((model) => ({ ...VECTOR, model }));
    expect(keysOf([OFFER, ...vectors])).toEqual([
      ['demo:anna', 'demo:anna'],
      ['demo:demo.content:anna', 'demo:anna'],
      ['demo:demo.behaviour:anna', 'demo:anna'],
    ]);
  });

  it('is the same when it comes from the store', () => {
    expect(keysOf(decodePublication(encodePublication(messages)))).toEqual(keysOf(messages));
  });
});
