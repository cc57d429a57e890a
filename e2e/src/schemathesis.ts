import { execFile, type ExecFileException } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServedApi } from './serving.js';
import { ROOT } from './started-line.js';

const REQUIREMENTS = join(ROOT, 'e2e/requirements.txt');
const FORMATS = join(ROOT, 'e2e/schemathesis-formats.py');
/** Beside the other parts that a checkout downloads for itself. */
const FOLDER = join(ROOT, '.offerstream/schemathesis');
const BIN = join(FOLDER, 'bin');
/** Of what FOLDER holds. */
const INSTALLED = join(FOLDER, 'requirements.txt');

const INSTALL_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 540_000;

/** Installs Schemathesis, once. Undefined, or why it can't be had here. */
export const whySchemathesisIsMissing = async (): Promise<string | undefined> => {
  const wanted = await readFile(REQUIREMENTS, 'utf8');
  if ((await readFile(INSTALLED, 'utf8').catch(() => '')) === wanted) return undefined;
  const steps = [
    ['python3', '-m', 'venv', '--clear', FOLDER],
    [join(BIN, 'pip'), 'install', '--quiet', '--no-input', '--retries=1', '--timeout=15', '-r', REQUIREMENTS],
  ] as const;
  for (const [program, ...args] of steps) {
    const { exitCode, output } = await run(program, args, { timeoutMs: INSTALL_TIMEOUT_MS });
    if (exitCode !== 0) return `${program} ${args.slice(0, 2).join(' ')} failed: ${lastLine(output)}`;
  }
  await writeFile(INSTALLED, wanted);
  return undefined;
};

/** What a run needs to get through to what the API is made for. */
export interface Knowledge {
  /** What parameters of these names are, so that there is something at the paths: the one value always, one of several often. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** The operations to try, by their ids; left out, all. */
  readonly only?: readonly string[];
  /** Operations to leave out. */
  readonly without?: readonly string[];
  /** Operations that may refuse a request, or most requests, for what no schema can say. */
  readonly choosy?: readonly string[];
}

/** At random, for each operation; the borders of its schemas are tried in any case, and so is each way to break them. */
const MAX_EXAMPLES = 5;

/**
 * Tries every operation of the service's own /openapi.json with what the document allows and with what it does not.
 *
 * @param folder for the run's settings
 * @returns what was found, and warnings of what was not reached; an empty text when all is well
 */
export const findingsOf = async ({ url, token }: ServedApi, knowledge: Knowledge, folder: string): Promise<string> => {
  const settings = join(folder, 'schemathesis.toml');
  await writeFile(settings, settingsFor(knowledge));
  const { only = [], without = [] } = knowledge;
  const operations = [
    ...only.map((id) => `--include-operation-id=${id}`),
    ...without.map((id) => `--exclude-operation-id=${id}`),
  ];
  const { exitCode, output } = await run(
    join(BIN, 'schemathesis'),
    ['--config-file', settings, '--no-color', 'run', `${url}/openapi.json`, ...operations],
    { cwd: folder, timeoutMs: RUN_TIMEOUT_MS, env: { TOKEN: token } },
  );
  return exitCode === 0 ? '' : output;
};

/** TOML writes texts as JSON does. */
const settingsFor = ({ values, choosy = [] }: Knowledge): string => `
hooks = ${JSON.stringify(FORMATS)}
warnings = { fail-on = true }

[cache]
enabled = false

[auth.openapi.bearer]
bearer = "\${TOKEN}"

[generation]
deterministic = true
max-examples = ${MAX_EXAMPLES}
# What no database can store is refused, which no schema can say.
allow-x00 = false

[phases.stateful]
enabled = false

[checks.positive_data_acceptance]
# The last three: what is there already, a version that is not the current one, an Idempotency-Key that was used before.
expected-statuses = ["2xx", "401", "403", "404", "429", "409", "412", "422"]

${choosy.map((id) => `[[operations]]\ninclude-operation-id = "${id}"\nchecks.positive_data_acceptance.enabled = false\nwarnings = false`).join('\n')}

[dictionaries]
${lines(values, (name, list) => (list.length > 1 ? `${name} = { values = ${JSON.stringify(list)} }` : undefined))}

[parameters]
${lines(values, (name, list) => (list.length > 1 ? `${name} = { dictionary = ${name}, probability = 1.0 }` : `${name} = ${JSON.stringify(list[0])}`))}
`;

const lines = (
  values: Knowledge['values'],
  line: (name: string, list: readonly string[]) => string | undefined,
): string =>
  Object.entries(values)
    .flatMap(([name, list]) => line(JSON.stringify(name), list) ?? [])
    .join('\n');

/** A finished program. */
interface Run {
  /** Undefined where it did not start or was ended. */
  readonly exitCode: number | undefined;
  /** All that it printed. */
  readonly output: string;
}

interface RunOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const run = (program: string, args: readonly string[], { timeoutMs, cwd, env }: RunOptions): Promise<Run> =>
  new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 2 ** 26 };
    execFile(program, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      resolve({ exitCode: exitCodeOf(error), output: output === '' ? (error?.message ?? '') : output });
    });
  });

const exitCodeOf = (error: ExecFileException | null): number | undefined => {
  if (error === null) return 0;
  return typeof error.code === 'number' ? error.code : undefined;
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
