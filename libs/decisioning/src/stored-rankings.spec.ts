import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import type { Message } from './publication.js';
import { storedRankings } from './stored-rankings.js';

const DEMO = 'demo' as TenantId;
const hashOf = (name: string): bigint => itemHash(DEMO, name as ItemId);

const offer = (placement: string, items: readonly (readonly [string, number])[]): Message => ({
  topic: 'offers',
  id: 'ab'.repeat(16),
  timeMs: 0,
  value: Buffer.from(
    JSON.stringify({
      id: 'ab'.repeat(16),
      revision: 1,
      tenant: DEMO,
      subject: 'anna',
      placement,
      items: items.map(([item, score], index) => ({ item, rank: index + 1, score, strategy: 'personal' })),
      model: null,
      cause: { messageId: 'm', eventTime: '2026-11-24T10:00:00.000Z' },
      validUntil: '2026-11-24T11:00:00.000Z',
    }),
  ),
});

describe('stored offers', () => {
  it('give back their items and scores by placement, and nothing of vectors', () => {
    const vector: Message = { topic: 'user-vectors', id: '', timeMs: 0, model: 'm', value: Buffer.from('{}') };
    const items = [
      ['a"\\\n\u2028é\u{1f600}', 0.123457],
      ['b', -2],
    ] as const;
    expect([...storedRankings(DEMO, [offer('home', items), vector, offer('cart', [['z', 2]])])]).toEqual([
      ['home', items.map(([item, score]) => ({ itemHash: hashOf(item), score }))],
      ['cart', [{ itemHash: hashOf('z'), score: 2 }]],
    ]);
  });
});
