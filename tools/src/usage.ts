import type { TenantId } from '@offerstream/contracts';
import { USAGE_STEPS, type UsageStep } from '@offerstream/control-client';
import { InvalidArgumentError, Option } from 'commander';
import { Line } from './line/line.js';
import { command, runProgram, tenantOption } from './line/program.js';
import { since } from './line/since.js';
import { usageText } from './usage/usage-text.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly since?: Date;
  readonly by: UsageStep;
  readonly json: boolean;
}

const momentFrom = (text: string): Date => {
  const moment = since(text, Date.now());
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError('Give a span, as 30m, 24h or 7d, or a time, as 2026-03-01T00:00:00Z.');
};

const program = command('usage', 'Says what a shop used, by meter and time.')
  .option(...tenantOption)
  .option('--since <time>', 'from then on: 24h, 7d, or a time (default: the start of this month, UTC)', momentFrom)
  .addOption(new Option('--by <step>', 'steps of UTC').choices(USAGE_STEPS).default('day'))
  .option('--json', 'for programs', false)
  .addHelpText(
    'after',
    `
Examples:
  npm run usage
  npm run usage -- --tenant my-shop --since 24h --by hour
  npm run usage -- --tenant my-shop --since 2026-01-01T00:00:00Z --by month --json`,
  )
  .parse();

await runProgram(async () => {
  const { data, tenant, since: from, by, json } = program.opts<Options>();
  const usage = await (await new Line(data).control()).getUsage(tenant, { from, by });
  process.stdout.write(`${json ? JSON.stringify(usage, null, 2) : usageText(usage)}\n`);
  return 0;
});
