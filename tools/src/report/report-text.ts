import type { OutcomesReport } from '@offerstream/control-client';

const number = new Intl.NumberFormat('en-US');
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
    [...by, ...FIGURES],
    ...groups.map((group) => [...by.map((key) => group[key] ?? 'none'), ...figuresOf(group)]),
    [...by.map((_, index) => (index === 0 ? 'total' : '')), ...figuresOf(total)],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, column) =>
        column < by.length ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [
    `What came of the offers of ${tenant}, ${minute(from)} to ${minute(to)} UTC.`,
    `A purchase is owed to a click for ${windowDays} ${windowDays === 1 ? 'day' : 'days'}.`,
    '',
    ...table,
  ].join('\n');
};

const figuresOf = ({
  impressions,
  clicks,
  ctr,
  conversions,
  revenueMicros,
}: OutcomesReport['total']): readonly string[] => [
  number.format(impressions),
  number.format(clicks),
  ctr === null ? '–' : percent.format(ctr),
  number.format(conversions),
  Object.entries(revenueMicros)
    .map(([currency, micros]) => `${currency} ${money.format(micros / 1_000_000)}`)
    .join(', ') || '–',
];

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');
