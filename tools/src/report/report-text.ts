import type { OutcomesReport } from '@offerstream/control-client';
import { unitsText } from '../line/amounts.js';
import { minuteText, textTable } from '../line/text-table.js';

const percent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const FIGURES = ['impressions', 'clicks', 'CTR', 'orders', 'revenue'] as const;

/** The report as a table for people. */
export const reportText = ({ tenant, from, to, windowDays, by, groups, total }: OutcomesReport): string => {
  const rows = [
    ...groups.map((group) => [...by.map((key) => group[key] ?? 'none'), ...figuresOf(group)]),
    [...by.map((_, index) => (index === 0 ? 'total' : '')), ...figuresOf(total)],
  ];
  return [
    `What came of the offers of ${tenant}, ${minuteText(from)} to ${minuteText(to)} UTC.`,
    `A purchase is owed to a click for ${windowDays} ${windowDays === 1 ? 'day' : 'days'}.`,
    '',
    textTable([...by, ...FIGURES], rows, by.length),
  ].join('\n');
};

const figuresOf = ({
  impressions,
  clicks,
  ctr,
  conversions,
  revenueMicros,
}: OutcomesReport['total']): readonly string[] => [
  unitsText(impressions),
  unitsText(clicks),
  ctr === null ? '–' : percent.format(ctr),
  unitsText(conversions),
  Object.entries(revenueMicros)
    .map(([currency, micros]) => `${currency} ${money.format(micros / 1_000_000)}`)
    .join(', ') || '–',
];
