import type { SubjectId } from '@offerstream/contracts';
import { decodePublication, encodePublication, type Message } from '@offerstream/decisioning';
import { recordOf } from './message-record.js';
import { DEMO, keyOf, NOW_MS, topicName, vectorOfAnna } from './shop.fixture.js';

const OFFER: Message = { topic: 'offers', id: '00ff'.repeat(8), timeMs: NOW_MS, value: Buffer.from('{}') };
const VECTOR = vectorOfAnna();
const messages: readonly Message[] = [OFFER, VECTOR];

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
