import type { TenantId } from '@offerstream/contracts';
import { OUTCOME_KEYS, type OutcomeKey } from '@offerstream/control-client';
import { InvalidArgumentError } from 'commander';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption, wholeNumber } from './line/program.js';
import { momentFrom } from './line/since.js';
import { reportText } from './report/report-text.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly since?: Date;
  readonly by?: readonly OutcomeKey[];
  readonly window?: number;
  readonly json: boolean;
}

const keysFrom = (text: string): readonly OutcomeKey[] => {
  const keys = text.split(',');
  const known: readonly string[] = OUTCOME_KEYS;
  if (keys.every((key): key is OutcomeKey => known.includes(key))) return keys;
  throw new InvalidArgumentError(`Give some of ${OUTCOME_KEYS.join(', ')}, separated by commas.`);
};

const program = command('report', 'Says what came of offers: impressions, clicks, orders and revenue.')
  .option(...tenantOption)
  .option('--since <time>', 'what happened from then on: 30s, 15m, 24h, 7d, or a time (default: 7d)', momentFrom)
  .option('--by <keys>', `what to group by: some of ${OUTCOME_KEYS.join(',')}`, keysFrom)
  .option(
    '--window <days>',
    'for how many days a purchase is owed to a click (default: the back office’s)',
    wholeNumber,
  )
  .option(...jsonOption)
  .parse();

await runProgram(async () => {
  const { data, tenant, since: from, by, window: windowDays, json } = program.opts<Options>();
  const control = await new Line(data).control();
  const report = await control.reportOutcomes(tenant, { from, by, windowDays });
  print(json, report, reportText(report));
  return 0;
});
