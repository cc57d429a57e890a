import type { InvoiceLine } from '@offerstream/billing';
import { meterSchema } from '@offerstream/contracts';
import type { Invoice } from '@offerstream/database';
import { nextPage, pageQuery } from '@offerstream/http-api';
import { z } from 'zod';
import { tenantParams } from '../tenants/tenant-schemas.js';
import { month } from './lease-schemas.js';

export const invoicePageQuery = pageQuery(month);
export type InvoicePageQuery = z.output<typeof invoicePageQuery>;

export const invoiceParams = tenantParams.extend({ month });
export type InvoiceParams = z.output<typeof invoiceParams>;

const micros = z.int().meta({ description: 'Millionths of the currency.' });
const aMonth = z.string().meta({ description: 'A calendar month of UTC.' });
const number = z.int().meta({ description: 'Rises by one from invoice to invoice of the installation.' });

export const invoiceResponse = z.object({
  tenant: z.string(),
  month: aMonth,
  status: z.enum(['draft', 'issued']).meta({ description: 'A draft follows the usage; an issued one never changes.' }),
  number: number.nullable(),
  issuedAt: z.iso.datetime().nullable(),
  plan: z.object({ id: z.string(), version: z.int(), name: z.string() }),
  currency: z.string(),
  lines: z.array(
    z.object({
      text: z.string(),
      month: aMonth.meta({ description: 'When the units were used; an earlier month than the invoice’s came late.' }),
      meter: meterSchema,
      units: z.int(),
      included: z.int().meta({ description: 'How many of the units cost nothing.' }),
      amountMicros: micros,
    }),
  ),
  totalMicros: micros,
});

export const invoicePageResponse = z.object({ invoices: z.array(invoiceResponse), next: nextPage });

export const issuedResponse = z.object({
  issued: z.array(z.object({ tenant: z.string(), month: aMonth, number, totalMicros: micros })),
});

export const shownInvoice = ({ tenant, month, plan, lines, totalMicros, issued }: Invoice) => ({
  tenant,
  month,
  status: issued === undefined ? ('draft' as const) : ('issued' as const),
  number: issued?.number ?? null,
  issuedAt: issued?.at.toISOString() ?? null,
  plan,
  currency: plan.currency,
  lines: lines.map((line) => ({ text: lineText(line, month), ...line })),
  totalMicros,
});

const lineText = (line: InvoiceLine, invoiceMonth: string): string =>
  line.month === invoiceMonth ? `${line.meter} in ${line.month}` : `late usage of ${line.month}: ${line.meter}`;

export const INVOICE_EXAMPLE = {
  tenant: 'my-shop',
  month: '2026-03',
  status: 'issued',
  number: 17,
  issuedAt: '2026-04-04T00:03:00.000Z',
  plan: { id: 'growth', version: 1, name: 'Growth' },
  currency: 'EUR',
  lines: [
    {
      text: 'recommendations in 2026-03',
      month: '2026-03',
      meter: 'recommendations',
      units: 190_000,
      included: 10_000,
      amountMicros: 18_000_000,
    },
  ],
  totalMicros: 18_000_000,
} as const;
