import { FAIL_REASONS } from '@offerstream/contracts';
import { Option } from 'commander';
import { failedText, listFailed } from './failed/list-failed.js';
import { RedriveLedger } from './failed/redrive-ledger.js';
import { redrive } from './failed/redrive.js';
import { Line } from './line/line.js';
import { command, runProgram, wholeNumber } from './line/program.js';

interface Options {
  readonly data: string;
  readonly reason?: string;
  readonly limit: number;
  readonly json: boolean;
  readonly redrive: boolean;
}

const program = command('failed', 'Lists the events that could not be taken, or sends them again.')
  .addOption(new Option('--reason <reason>', 'only those that failed for this reason').choices(FAIL_REASONS))
  .option('--limit <n>', 'samples of each reason', wholeNumber, 3)
  .option('--json', 'as JSON', false)
  .option('--redrive', 'send them to the clickstream again, each once', false)
  .parse();

const list = async (line: Line, { data, reason, limit, json }: Options, signal: AbortSignal): Promise<void> => {
  const kafka = await line.kafka('failed');
  const ledger = RedriveLedger.read(data);
  const reasons = await listFailed(kafka, {
    topic: line.topic('clickstream-failed'),
    ledger,
    reason,
    samples: limit,
    signal,
  });
  process.stdout.write(json ? `${JSON.stringify({ reasons }, null, 2)}\n` : failedText(reasons));
};

const sendAgain = async (line: Line, { data, reason, limit, json }: Options, signal: AbortSignal): Promise<void> => {
  const kafka = await line.kafka('failed');
  const topics = { clickstream: line.topic('clickstream'), failed: line.topic('clickstream-failed') };
  const ledger = await RedriveLedger.open(data);
  try {
    const result = await redrive(kafka, { topics, reason, ledger, signal });
    if (json) {
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      return;
    }
    const { sent, sentBefore, copies, withoutKey, rejected } = result;
    process.stdout.write(`${sent} sent again, ${sentBefore} had been sent before, ${copies} were copies of others.\n`);
    for (const [records, why] of [
      [withoutKey, 'have no key, so nobody knows where they belong'],
      [rejected, 'are refused by Kafka as they are'],
    ] as const) {
      if (records.length === 0) continue;
      const places = records
        .slice(0, limit)
        .map(({ partition, offset }) => `${partition}:${offset}`)
        .join(', ');
      process.stdout.write(`${records.length} stay: they ${why} (${places}${records.length > limit ? ', …' : ''}).\n`);
    }
  } finally {
    ledger.close();
  }
};

await runProgram(async (signal) => {
  const options = program.opts<Options>();
  const line = new Line(options.data);
  await (options.redrive ? sendAgain : list)(line, options, signal);
  return 0;
});
