import type { Call } from '@offerstream/http-api';
import type { Metering } from '../admission/metering.js';
import { tenant } from '../shop.fixture.js';
import { Receipts } from './receipts.js';
import { TokenCharges } from './token-charges.js';

const open = () => {
  const reserved: number[] = [];
  const paid: number[] = [];
  const metering: Pick<Metering, 'reserve'> = {
    reserve(_tenant, _meter, units) {
      reserved.push(units);
      return { settle: (used) => paid.push(used) };
    },
  };
  const receipts = new Receipts({ nowMs: () => 0, newSeed: () => 7 });
  const charges = new TokenCharges(metering, receipts);
  const ask = (mayBeRepeated: boolean, atMost = 100) =>
    charges.open(tenant(), { paidOnce: { fingerprint: 'a', mayBeRepeated } } as Call, atMost);
  return { ask, charges, reserved, paid };
};

it('pays what was used of what was taken at most', async () => {
  const { ask, paid, reserved } = open();
  (await ask(false)).settle(12);
  (await ask(false, 5)).settle(9);
  expect([reserved, paid]).toEqual([
    [100, 5],
    [12, 5],
  ]);
});

it('pays a repeat only where it uses more', async () => {
  const { ask, paid, reserved } = open();
  (await ask(false)).settle(12);
  (await ask(true)).settle(12);
  (await ask(true)).settle(20);
  (await ask(true)).settle(0);
  expect(paid).toEqual([12, 0, 8, 0]);
  expect(reserved).toEqual([100, 88, 88, 80]);
});

it('pays once where the first is answered while its repeat is worked on', async () => {
  const { ask, paid } = open();
  const first = await ask(false);
  const repeat = await ask(true);
  repeat.settle(12);
  first.settle(12);
  expect(paid).toEqual([12, 0]);
});

it('pays the repeat of a request that failed', async () => {
  const { ask, charges, paid } = open();
  const failing = charges.charge(
    await ask(false),
    () => Promise.reject(new Error('planted')),
    () => 9,
  );
  await expect(failing).rejects.toThrow('planted');
  expect(
    await charges.charge(
      await ask(true),
      () => Promise.resolve('answer'),
      ({ length }) => length,
    ),
  ).toBe('answer');
  expect(paid).toEqual([0, 6]);
});
