import { reportText } from './report-text.js';

const figures = (impressions: number, clicks: number) => ({
  impressions,
  clicks,
  ctr: impressions === 0 ? null : clicks / impressions,
  conversions: 0,
  revenueMicros: {},
});

it('lays the groups side by side, with every currency and the whole below', () => {
  const text = reportText({
    tenant: 'demo',
    from: '2026-03-01T10:00:00.000Z',
    to: '2026-03-01T11:30:00.000Z',
    windowDays: 7,
    by: ['placement', 'strategy'],
    groups: [
      {
        placement: 'home',
        strategy: 'personal',
        ...figures(12_345, 678),
        conversions: 9,
        revenueMicros: { EUR: 1_234_500_000, USD: 5_000 },
      },
      { placement: null, strategy: 'popular', ...figures(0, 0) },
    ],
    total: { ...figures(12_345, 678), conversions: 9, revenueMicros: { EUR: 1_234_500_000, USD: 5_000 } },
  });
  expect(text).toBe(
    [
      'What came of the offers of demo, 2026-03-01 10:00 to 2026-03-01 11:30 UTC.',
      'A purchase is owed to a click for 7 days.',
      '',
      'placement  strategy  impressions  clicks    CTR  orders                 revenue',
      'home       personal       12,345     678  5.49%       9  EUR 1,234.50, USD 0.01',
      'none       popular             0       0      –       0                       –',
      'total                     12,345     678  5.49%       9  EUR 1,234.50, USD 0.01',
    ].join('\n'),
  );
});
