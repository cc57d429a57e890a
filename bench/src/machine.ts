import { machineFacts } from '@offerstream/infra';
import { median } from './median.js';
import { VERSIONS } from './versions.js';

const rate = (work: () => number): number => {
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < 200) done += work();
  return done / ((performance.now() - began) / 1_000);
};

const EVENT = JSON.stringify({
  type: 'track',
  event: 'Product Viewed',
  userId: 'user-12345',
  messageId: 'x'.repeat(36),
  timestamp: '2026-01-01T00:00:00.000Z',
  properties: {
    product_id: 'p-123',
    name: 'n'.repeat(60),
    category: 'a/b/c',
    price: 12.5,
    currency: 'EUR',
    url: 'u'.repeat(120),
  },
  context: { ip: '10.0.0.1', userAgent: 'm'.repeat(120) },
});

const parseEvents = (): number => {
  for (let index = 0; index < 200; index++) JSON.parse(EVENT);
  return 200;
};

const vector = new Float32Array(64).fill(0.5);
const matrix = new Float32Array(64 * 4_096).fill(0.25);
const multiplyAdd = (): number => {
  let sum = 0;
  for (let row = 0; row < 4_096; row++)
    for (let column = 0; column < 64; column++) sum += (vector[column] ?? 0) * (matrix[row * 64 + column] ?? 0);
  return sum > 0 ? 4_096 * 64 : 0;
};

/** What a figure was measured on, and how fast it is just now, on one thread: thousand events parsed and million multiply-adds a second. */
export const machine = () => ({
  ...machineFacts(),
  json: Math.round(median([1, 2, 3].map(() => rate(parseEvents))) / 1e3),
  float: Math.round(median([1, 2, 3].map(() => rate(multiplyAdd))) / 1e6),
});

/** Prints one figure as a JSON line, with the versions that made it. */
export const report = (figure: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ ...figure, versions: VERSIONS })}\n`);
};
