import { monthOf } from '@offerstream/billing';
import { DEMO, NOW_MS } from '../shop.fixture.js';
import { quotaLessor } from './quota-lessor.js';

const QUOTA = { tenant: DEMO, meter: 'offers', month: monthOf(NOW_MS) };

const answering = (answer: unknown) => {
  const asked: [path: string, body: object][] = [];
  const post = (path: string, body: object): Promise<unknown> => {
    asked.push([path, body]);
    return Promise.resolve(answer);
  };
  return { asked, lessor: quotaLessor({ post }, 'replica-1') };
};

it('leases and gives back in the name of the replica', async () => {
  const { asked, lessor } = answering({ grants: [{ units: 13, remaining: 4_310 }] });
  const request = { ...QUOTA, held: 12, needed: 1, unleased: 0 };
  expect(await lessor.lease([request])).toEqual([{ units: 13, remaining: 4_310 }]);
  await lessor.giveBack([{ ...QUOTA, spent: 25, unleased: 0 }]);
  expect(asked).toEqual([
    ['/v1/leases', { replica: 'replica-1', requests: [request] }],
    ['/v1/leases/returns', { replica: 'replica-1', returns: [{ ...QUOTA, spent: 25, unleased: 0 }] }],
  ]);
});

it('takes nothing for a grant that is none', async () => {
  await expect(answering({ grants: [{ units: -1, remaining: 0 }] }).lessor.lease([])).rejects.toThrow();
});
