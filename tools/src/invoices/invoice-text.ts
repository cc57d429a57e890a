import type { IssuedInvoices, ShownInvoice, ShownPlan, TenantPlan } from '@offerstream/control-client';
import { moneyText, unitsText } from '../line/amounts.js';
import { minuteText, textTable } from '../line/text-table.js';

/** The invoices of a tenant, a row each, for people. */
export const invoicesText = (invoices: readonly ShownInvoice[]): string =>
  invoices.length === 0
    ? 'There are no invoices: nothing was used, or the shop has no plan.'
    : textTable(
        ['month', 'number', 'issued', 'plan', 'currency', 'total'],
        invoices.map((invoice) => [
          invoice.month,
          invoice.number === null ? 'draft' : String(invoice.number),
          invoice.issuedAt === null ? '' : minuteText(invoice.issuedAt),
          `${invoice.plan.id} ${invoice.plan.version}`,
          invoice.currency,
          moneyText(invoice.totalMicros),
        ]),
        5,
      );

/** One invoice with its lines, for people. */
export const invoiceText = (invoice: ShownInvoice): string => {
  const { tenant, month, number, issuedAt, plan, currency, lines, totalMicros } = invoice;
  const state =
    number === null || issuedAt === null
      ? 'a draft, which follows the usage'
      : `number ${number}, issued ${minuteText(issuedAt)} UTC`;
  return [
    `Invoice of ${tenant} for ${month}: ${state}.`,
    `Plan ${plan.name}, version ${plan.version}.`,
    '',
    textTable(
      ['', 'units', 'of these free', currency],
      [
        ...lines.map(({ text, units, included, amountMicros }) => [
          text,
          unitsText(units),
          unitsText(included),
          moneyText(amountMicros),
        ]),
        ['total', '', '', moneyText(totalMicros)],
      ],
      1,
    ),
  ].join('\n');
};

/** What was issued, for people. */
export const issuedText = (issued: IssuedInvoices): string =>
  issued.length === 0
    ? 'Nothing was due.'
    : textTable(
        ['number', 'month', 'tenant'],
        issued.map(({ tenant, month, number }) => [String(number), month, tenant]),
      );

/** Plans by what they include, limit and cost, a row each meter, for people. */
export const plansText = (plans: readonly ShownPlan[]): string =>
  textTable(
    ['plan', 'currency', 'meter', 'free', 'limit', 'for 1,000 more'],
    plans.flatMap(({ id, version, currency, meters }) =>
      Object.entries(meters).map(([meter, { included, limit, tiers }]) => [
        `${id} ${version}`,
        currency,
        meter,
        unitsText(included),
        limit === null ? 'none' : unitsText(limit),
        tiers
          .map(({ upTo, pricePerThousandMicros }) => {
            const price = moneyText(pricePerThousandMicros);
            return upTo === null ? price : `${price} up to ${unitsText(upTo)}`;
          })
          .join(', then ') || 'free',
      ]),
    ),
  );

export const tenantPlanText = (tenant: string, { plan, since }: TenantPlan): string =>
  `${tenant} has ${plan.name} (${plan.id}, version ${plan.version}) since ${minuteText(since)} UTC.`;
