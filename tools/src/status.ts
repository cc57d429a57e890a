import { readLineConfig } from './line/config.js';
import { command, runProgram } from './line/program.js';
import { countOf, sum } from './start/figures.js';
import { readStatus, type Status } from './status/read-status.js';

const program = command('status', 'Says whether a line runs, where, and what it has done.').option(
  '--json',
  'for programs: ready, addresses, counts, demo',
  false,
);

const forPeople = ({ ready, problems, addresses, counts, demo }: Status): string =>
  [
    ready ? 'ready' : 'not ready',
    ...Object.entries(problems).map(([name, problem]) => `  ${name}: ${problem}`),
    ...Object.entries(addresses ?? {}).map(([name, address]) => `  ${name.padEnd(10)} ${address}`),
    ...(counts === undefined
      ? []
      : [
          `  ${'events'.padEnd(10)} ${countOf(counts.events)}: ${counts.events.applied} applied, ` +
            `${sum(counts.events.dropped)} dropped, ${sum(counts.events.failed)} failed`,
          `  ${'offers'.padEnd(10)} ${counts.offers}`,
          `  ${'lag'.padEnd(10)} ${counts.lag}`,
        ]),
    ...(demo === undefined
      ? []
      : [
          `  ${'write key'.padEnd(10)} ${demo.writeKey}`,
          ...(demo.apiKey === null ? [] : [`  ${'api key'.padEnd(10)} ${demo.apiKey}`]),
          `  ${'items'.padEnd(10)} ${demo.items.join(', ')}`,
        ]),
  ].join('\n');

await program.parseAsync();
await runProgram(async () => {
  const { data, json } = program.opts<{ readonly data: string; readonly json: boolean }>();
  const status = await readStatus(data, readLineConfig());
  process.stdout.write(`${json ? JSON.stringify(status, null, 2) : forPeople(status)}\n`);
  return status.ready ? 0 : 1;
});
