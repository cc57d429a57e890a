import type { ShownInvoice } from '@offerstream/control-client';
import { invoicesText, invoiceText, issuedText, plansText } from './invoice-text.js';

const draft: ShownInvoice = {
  tenant: 'my-shop',
  month: '2026-04',
  status: 'draft',
  number: null,
  issuedAt: null,
  plan: { id: 'growth', version: 2, name: 'Growth' },
  currency: 'EUR',
  lines: [
    {
      text: 'offers in 2026-04',
      month: '2026-04',
      meter: 'offers',
      units: 190_000,
      included: 100_000,
      amountMicros: 900_000,
    },
    {
      text: 'late usage of 2026-03: offers',
      month: '2026-03',
      meter: 'offers',
      units: 3,
      included: 0,
      amountMicros: 30,
    },
  ],
  totalMicros: 900_030,
};
const issued: ShownInvoice = {
  ...draft,
  month: '2026-03',
  status: 'issued',
  number: 17,
  issuedAt: '2026-04-04T00:03:00.000Z',
  totalMicros: 1_234_500_000,
};

it('invoices stand below each other, amounts at the right', () => {
  expect(invoicesText([draft, issued]).split('\n')).toEqual([
    'month    number  issued            plan      currency     total',
    '2026-04  draft                     growth 2  EUR        0.90003',
    '2026-03  17      2026-04-04 00:03  growth 2  EUR       1,234.50',
  ]);
  expect(invoicesText([])).toMatch(/no invoices/);
});

it('an invoice has its lines, to the millionth, and their sum', () => {
  expect(invoiceText(draft).split('\n')).toEqual([
    'Invoice of my-shop for 2026-04: a draft, which follows the usage.',
    'Plan Growth, version 2.',
    '',
    '                                 units  of these free      EUR',
    'offers in 2026-04              190,000        100,000     0.90',
    'late usage of 2026-03: offers        3              0  0.00003',
    'total                                                  0.90003',
  ]);
  expect(invoiceText(issued)).toContain('for 2026-03: number 17, issued 2026-04-04 00:03 UTC.');
});

it('what was issued is named, or that nothing was due', () => {
  expect(issuedText([{ tenant: 'my-shop', month: '2026-03', number: 17, totalMicros: 1 }]).split('\n')).toEqual([
    'number  month    tenant',
    '17      2026-03  my-shop',
  ]);
  expect(issuedText([])).toBe('Nothing was due.');
});

it('plans say what is free, where they end and what more costs', () => {
  const plan = {
    id: 'growth',
    version: 1,
    name: 'Growth',
    currency: 'EUR',
    whileUnknown: 'serve' as const,
    requestsPerSecond: 100,
    meters: {
      offers: {
        included: 100_000,
        limit: null,
        tiers: [
          { upTo: 10_000_000, pricePerThousandMicros: 10_000 },
          { upTo: null, pricePerThousandMicros: 5_000 },
        ],
      },
      explanations: { included: 0, limit: 1_000, tiers: [] },
    },
  };
  expect(plansText([plan]).split('\n')).toEqual([
    'plan      currency  meter         free     limit  for 1,000 more',
    'growth 1  EUR       offers        100,000  none   0.01 up to 10,000,000, then 0.005',
    'growth 1  EUR       explanations  0        1,000  free',
  ]);
});
