import { createRequire } from 'node:module';
import { homePartition, murmur2 } from './murmur2.js';

const load = createRequire(import.meta.url);
const kafkajsMurmur2 = load('kafkajs/src/producer/partitioners/default/murmur2') as (key: Buffer | string) => number;

describe('murmur2', () => {
  // From Apache Kafka's UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, expected) => {
    expect(murmur2(Buffer.from(text))).toBe(expected);
  });

  test('agrees with kafkajs on keys of every length and on high bytes', () => {
    let state = 7;
    for (let length = 0; length < 200; length++) {
      const key = Buffer.from(Array.from({ length }, () => (state = (state * 75 + 74) % 65537) & 0xff));
      expect(murmur2(key)).toBe(kafkajsMurmur2(key));
    }
  });
});

test('homePartition of a text key is that of its UTF-8 bytes and never negative', () => {
  for (const key of ['shop:anna', 'shop:Ünïcode', '', 'foobar']) {
    const partition = homePartition(key, 12);
    expect(partition).toBe(homePartition(Buffer.from(key), 12));
    expect(partition).toBe((kafkajsMurmur2(key) & 0x7fffffff) % 12);
  }
});
