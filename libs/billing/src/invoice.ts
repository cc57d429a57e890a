import type { Month } from './calendar-month.js';
import type { Plan } from './plan.js';
import { amountMicros } from './price.js';

/** What a tenant used in a month, and what of it earlier invoices have billed already. */
export interface UsedMonth {
  readonly month: Month;
  /** The plan that prices it. */
  readonly plan: Plan;
  /** Units by meter. */
  readonly used: Readonly<Record<string, number>>;
  readonly billed: Readonly<Record<string, number>>;
}

export interface InvoiceLine {
  /** When the units were used: an earlier month than the invoice's for usage that came late. */
  readonly month: Month;
  readonly meter: string;
  readonly units: number;
  /** How many of the units cost nothing. */
  readonly included: number;
  readonly amountMicros: number;
}

/**
 * The lines of an invoice: of each meter that the plan names, what was used and not billed yet. All invoices together bill a
 * month's units at what they cost together, whichever of them came late: a line is the difference of two such amounts.
 */
export const invoiceLines = (months: readonly UsedMonth[]): readonly InvoiceLine[] =>
  months.flatMap(({ month, plan, used, billed }) =>
    Object.entries(plan.meters)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([meter, terms]) => {
        const units = used[meter] ?? 0;
        const before = billed[meter] ?? 0;
        if (units <= before) return [];
        return {
          month,
          meter,
          units: units - before,
          included: Math.min(units, terms.included) - Math.min(before, terms.included),
          amountMicros: amountMicros(terms, units) - amountMicros(terms, before),
        };
      }),
  );

export const totalMicros = (lines: readonly InvoiceLine[]): number =>
  lines.reduce((total, line) => total + line.amountMicros, 0);
