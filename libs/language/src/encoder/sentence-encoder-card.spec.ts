import { sentenceEncoderCard } from './sentence-encoder-card.js';

const quality = (recallAt10: number, meanReciprocalRank: number) => ({ questions: 7, recallAt10, meanReciprocalRank });
const METRICS = {
  kind: 'sentence-encoder',
  dimensions: 128,
  words: 1_107,
  buckets: 16_384,
  learnedFrom: { titles: 2_903, sessions: 13_708 },
  candidates: 3_628,
  found: [
    { name: 'words in common', quality: { part: quality(0.975, 0.804), partner: quality(0.077, 0.037) } },
    { name: 'this encoder', quality: { part: quality(1, 0.9), partner: quality(0.0864, 0.0412) } },
  ],
  settings: { seed: 1 },
} as const;

test('a card says what the encoder is, what it learned from and what it finds beside others', () => {
  const card = sentenceEncoderCard('demo.encoder', METRICS);
  expect(card).toContain('# demo.encoder\n\nA sentence encoder');
  expect(card).toContain('becomes 128 numbers');
  expect(card).toContain('2903 titles and from 13708 sessions');
  expect(card).toContain('among 3628');
  expect(card).toContain(`|  | some of its words (7) | a title of the same session (7) |
| --- | --- | --- |
| words in common | 0.975, 0.804 | 0.077, 0.037 |
| this encoder | 1.000, 0.900 | 0.086, 0.041 |
`);
  expect(card).toContain('`{"seed":1}`');
});
