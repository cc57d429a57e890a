import { isTenantId, type TenantId } from '@offerstream/contracts';
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_DATA_DIR } from '../run-state.js';

/** What a program ends with. */
export type ExitCode = 0 | 1;

/** Ctrl-C ends a program by its exit code as a shell expects it. */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A command with what all commands have. */
export const command = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--data <dir>', 'data folder of the line', DEFAULT_DATA_DIR)
    .showHelpAfterError()
    .allowExcessArguments(false);

/** Reads an argument that names a tenant. */
export const tenantFrom = (value: string): TenantId => {
  if (isTenantId(value)) return value;
  throw new InvalidArgumentError('A tenant is named by 1 to 32 of a-z, 0-9 and dash.');
};

export const tenantOption = ['--tenant <id>', 'the shop', tenantFrom, 'demo' as TenantId] as const;

export const jsonOption = ['--json', 'for programs', false] as const;

/** Writes an answer: whole for programs, or as text for people. */
export const print = (json: boolean, answer: unknown, text: string): void => {
  process.stdout.write(`${json ? JSON.stringify(answer, null, 2) : text}\n`);
};

export const eventsOption = [
  '--events <file...>',
  'recorded events: Segment calls, one a line, or a table; .gz too',
] as const;

export const mappingOption = ['--mapping <name|file>', 'how the rows of a table become events'] as const;

/** Reads an option that is a number between two bounds. */
export const numberBetween =
  (least: number, most: number, { above = false } = {}) =>
  (value: string): number => {
    const number = Number(value);
    if (value.trim() !== '' && number <= most && (above ? number > least : number >= least)) return number;
    throw new InvalidArgumentError(
      `Give a number ${above ? 'above' : 'from'} ${least}${most === Infinity ? '' : ` up to ${most}`}.`,
    );
  };

export const modelsOption = ['--models <dir>', 'write the version there and touch nothing else'] as const;

export const learningRateOption = [
  '--learning-rate <r>',
  'the highest, after the warm-up',
  numberBetween(0, Infinity, { above: true }),
  0.002,
] as const;

/** @param fallback without the option */
export const trainFractionOption = (fallback: number) =>
  [
    '--train-fraction <f>',
    'the earlier share of the events, by time, that a model learns from',
    numberBetween(0, 1),
    fallback,
  ] as const;

export const wholeNumberUpTo =
  (most: number) =>
  (value: string): number => {
    const number = numberBetween(1, most)(value);
    if (Number.isInteger(number)) return number;
    throw new InvalidArgumentError('Give a whole number.');
  };

export const wholeNumber = wholeNumberUpTo(Infinity);

/**
 * Runs a program until it is done or interrupted. An error that says what to do (it carries a `code`) becomes a message and exit
 * code 1; any other is a bug and is shown whole.
 *
 * @param run is to end soon after the signal is aborted; Ctrl-C a second time ends it at once
 */
export const runProgram = async (run: (signal: AbortSignal) => Promise<ExitCode>): Promise<void> => {
  const interrupted = new AbortController();
  let exitCode = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      exitCode = SIGNAL_EXIT_CODES[signal];
      if (interrupted.signal.aborted) process.exit(exitCode);
      interrupted.abort();
    });
  }
  // A reader that has seen enough, as `head`, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    const code = await run(interrupted.signal);
    process.exitCode = exitCode === 0 ? code : exitCode;
  } catch (error) {
    if (interrupted.signal.aborted) {
      process.exitCode = exitCode;
    } else if (error instanceof Error && 'code' in error) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
};
