import { CorruptPublication, decodePublication, encodePublication, type Message } from './publication.js';
import { NOW_MS } from './shop.fixture.js';

const messages: readonly Message[] = [
  { topic: 'offers', id: '00ff'.repeat(8), timeMs: NOW_MS, value: Buffer.from('{"a":"é"}') },
  { topic: 'user-vectors', id: 'ab'.repeat(16), timeMs: 0, value: Buffer.alloc(0) },
];

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
