import type { UsageReport } from '@offerstream/control-client';
import { unitsText } from '../line/amounts.js';
import { minuteText, textTable } from '../line/text-table.js';

/** How much of the start of a step names it. */
const STEP_LENGTHS = { hour: 16, day: 10, month: 7 } as const;

/** What was used, a row a step and a column a meter, for people. */
export const usageText = ({ tenant, from, to, by, totals }: UsageReport): string => {
  const title = `What ${tenant} used, ${minuteText(from)} to ${minuteText(to)} UTC.`;
  if (totals.length === 0) return `${title}\n\nNothing.`;
  const meters = [...new Set(totals.map(({ meter }) => meter))].sort();
  const steps = Map.groupBy(totals, (total) => total.from);
  const row = (name: string, some: UsageReport['totals']): readonly string[] => [
    name,
    ...meters.map((meter) => unitsText(sumOf(some.filter((total) => total.meter === meter)))),
  ];
  const rows = [...steps].map(([step, some]) => row(minuteText(step).slice(0, STEP_LENGTHS[by]), some));
  return [title, '', textTable([by, ...meters], [...rows, row('total', totals)], 1)].join('\n');
};

const sumOf = (totals: UsageReport['totals']): number => totals.reduce((sum, { units }) => sum + units, 0);
