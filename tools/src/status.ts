import { Line } from './line/line.js';
import { command, runProgram } from './line/program.js';
import { readRunState, RunStateError, type RunState } from './run-state.js';
import { countOf, readFigures, sum, type Figures } from './start/figures.js';
import { notReady } from './start/ready.js';

const program = command('status', 'Says whether a line runs, where, and what it has done.').option(
  '--json',
  'for programs: ready, addresses, counts, demo',
  false,
);

interface Status {
  readonly ready: boolean;
  /** Why it is not ready, by service; or of the line as a whole. */
  readonly problems: Readonly<Record<string, string>>;
  readonly addresses: RunState['addresses'] | undefined;
  readonly counts: Pick<Figures, 'events' | 'offers' | 'lag'> | undefined;
  readonly demo: Pick<RunState['demo'], 'writeKey' | 'items'> | undefined;
}

const readStatus = async (dataDir: string): Promise<Status> => {
  let state: RunState;
  try {
    state = await readRunState(dataDir);
  } catch (error) {
    if (!(error instanceof RunStateError)) throw error;
    return {
      ready: false,
      problems: { line: error.message },
      addresses: undefined,
      counts: undefined,
      demo: undefined,
    };
  }
  const { addresses, admin, demo } = state;
  const kafka = await new Line(dataDir).kafka('status');
  const [problems, figures] = await Promise.all([
    notReady(admin),
    readFigures(admin, kafka).catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
  ]);
  const unread = typeof figures === 'string';
  return {
    ready: Object.keys(problems).length === 0 && !unread,
    problems: unread ? { ...problems, figures } : problems,
    addresses,
    counts: unread ? undefined : { events: figures.events, offers: figures.offers, lag: figures.lag },
    demo: { writeKey: demo.writeKey, items: demo.items },
  };
};

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
      : [`  ${'write key'.padEnd(10)} ${demo.writeKey}`, `  ${'items'.padEnd(10)} ${demo.items.join(', ')}`]),
  ].join('\n');

await program.parseAsync();
await runProgram(async () => {
  const { data, json } = program.opts<{ readonly data: string; readonly json: boolean }>();
  const status = await readStatus(data);
  process.stdout.write(`${json ? JSON.stringify(status, null, 2) : forPeople(status)}\n`);
  return status.ready ? 0 : 1;
});
