import type { UsageReport } from '@offerstream/control-client';
import { usageText } from './usage-text.js';

const report = (by: UsageReport['by'], totals: UsageReport['totals']): UsageReport => ({
  tenant: 'my-shop',
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-03T08:30:00.000Z',
  by,
  totals,
});
const at = (from: string, meter: string, units: number) => ({ from: `2026-03-${from}:00:00.000Z`, meter, units });

it('steps stand below each other, meters beside each other, the sum at the end', () => {
  const totals = [at('01T00', 'offers', 1_200), at('02T00', 'events', 81_204), at('02T00', 'offers', 30)];
  expect(usageText(report('day', totals)).split('\n')).toEqual([
    'What my-shop used, 2026-03-01 00:00 to 2026-03-03 08:30 UTC.',
    '',
    'day         events  offers',
    '2026-03-01       0   1,200',
    '2026-03-02  81,204      30',
    'total       81,204   1,230',
  ]);
});

it('a step is named as far as it goes', () => {
  expect(usageText(report('hour', [at('01T05', 'offers', 1)]))).toContain('\n2026-03-01 05:00 ');
  expect(usageText(report('month', [at('01T00', 'offers', 1)]))).toContain('\n2026-03 ');
});

it('says so when there was nothing', () => {
  expect(usageText(report('day', []))).toMatch(/\n\nNothing\.$/);
});
