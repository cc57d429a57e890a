import type { TenantId } from '@offerstream/contracts';
import { USAGE_STEPS, type UsageStep } from '@offerstream/control-client';
import { Option } from 'commander';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption } from './line/program.js';
import { momentFrom } from './line/since.js';
import { usageText } from './usage/usage-text.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly since?: Date;
  readonly by: UsageStep;
  readonly json: boolean;
}

const program = command('usage', 'Says what a shop used, by meter and time.')
  .option(...tenantOption)
  .option(
    '--since <time>',
    'from then on: 30s, 15m, 24h, 7d, or a time (default: the start of this month, UTC)',
    momentFrom,
  )
  .addOption(new Option('--by <step>', 'steps of UTC').choices(USAGE_STEPS).default('day'))
  .option(...jsonOption)
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
  print(json, usage, usageText(usage));
  return 0;
});
