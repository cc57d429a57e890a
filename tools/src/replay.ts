import { writeFile } from 'node:fs/promises';
import type { TenantId } from '@offerstream/contracts';
import { Option } from 'commander';
import { readRecorded } from './events/read-recorded.js';
import { tellWhatWasLeftOut } from './events/tell-left-out.js';
import { Line } from './line/line.js';
import {
  command,
  eventsOption,
  mappingOption,
  numberBetween,
  runProgram,
  tenantOption,
  trainFractionOption,
} from './line/program.js';
import { progressBar } from './line/progress-bar.js';
import { replayHistory } from './replay/replay-history.js';
import { reportText } from './replay/report.js';

interface Options {
  readonly data: string;
  readonly events: readonly string[];
  readonly mapping?: string;
  readonly tenant: TenantId;
  readonly trainFraction: number;
  readonly rate?: number;
  readonly speed?: number;
  readonly json?: string;
  readonly restart: boolean;
}

const program = command('replay', 'Sends recorded events through the running line and reports what it made of them.')
  .requiredOption(...eventsOption)
  .option(...mappingOption)
  .option(...tenantOption)
  .option(...trainFractionOption(0))
  .option('--rate <n>', 'events a second', numberBetween(0, Infinity, { above: true }))
  .addOption(new Option('--max', 'as fast as the line takes them (default)').conflicts(['rate', 'speed']))
  .option('--speed <x>', 'so many times faster than they happened', numberBetween(0, Infinity, { above: true }))
  .option('--json <file>', 'write the report there, too')
  .option('--restart', 'forget an earlier or interrupted replay of these events', false)
  .parse();

await runProgram(async (signal) => {
  const { data, events: files, mapping, tenant, trainFraction, rate, speed, json, restart } = program.opts<Options>();
  const line = new Line(data);
  await line.control();
  const bar = progressBar();
  let waiting: string | undefined;
  try {
    const history = await readRecorded({
      files,
      mapping,
      signal,
      onProgress: (share) => bar.update(share, 'reading'),
    });
    const report = await replayHistory(line, {
      history,
      files,
      tenant,
      fraction: trainFraction,
      pace: { rate, speed },
      restart,
      signal,
      onProgress: ({ settled, accepted, events }) =>
        bar.update(settled / events, waiting ?? `${accepted} of ${events} events accepted, ${settled} settled`),
      onWaiting: (because) => {
        if (waiting === undefined && because !== undefined) process.stderr.write(`waiting: ${because}\n`);
        waiting = because === undefined ? undefined : `waiting: ${because}`;
      },
    });
    bar.stop();
    tellWhatWasLeftOut(history);
    process.stdout.write(reportText(report));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } finally {
    bar.stop();
    if (signal.aborted)
      process.stderr.write('Interrupted. The same command goes on from here; --restart begins anew.\n');
  }
});
