import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasCode } from '@offerstream/infra';
import { z } from 'zod';
import { ToolError } from './tool-error.js';

/** Where `npm start` keeps everything unless `--data` says otherwise. */
export const DEFAULT_DATA_DIR = fileURLToPath(new URL('../../.offerstream', import.meta.url));

const runStateSchema = z.object({
  phase: z.enum(['starting', 'running', 'stopping']),
  /** Process id of `npm start` itself. */
  pid: z.int(),
  startedAt: z.iso.datetime(),
  addresses: z.object({
    /** URL that shops send events to. */
    collector: z.string(),
    /** URL of the back office. */
    control: z.string(),
    /** URL of the API that shops ask for offers and recommendations. */
    gateway: z.string(),
    /** `host:port` of the inference protocol. */
    inference: z.string(),
    /** `host:port`, several separated by commas. */
    kafka: z.string(),
  }),
  /** URL of each service's `/metrics` and `/health/ready`. */
  admin: z.record(z.string(), z.string()),
  /** Folder in which the back office keeps its admin token, as `readAdminToken` takes it. */
  controlDataDir: z.string(),
  /** The model repository. */
  modelsDir: z.string(),
  demo: z.object({
    tenant: z.string(),
    writeKey: z.string(),
    /** A secret key; null until the demo has been handed to the back office. */
    apiKey: z.string().nullable(),
    /** Some ids of the demo's catalog. */
    items: z.array(z.string()),
  }),
  /** Process id of each part that has one. */
  processes: z.record(z.string(), z.int()),
});

/** What a running line tells other programs. */
export type RunState = Readonly<z.output<typeof runStateSchema>>;

export type RunStateErrorCode = 'not-running' | 'starting' | 'stopping' | 'unreadable';

/** There is no line to work with; the message says what to do. */
export class RunStateError extends ToolError<RunStateErrorCode> {
  override readonly name = 'RunStateError';
}

const runStateFile = (dataDir: string): string => join(dataDir, 'run.json');

/**
 * The state of the line that runs on this data folder.
 *
 * @throws RunStateError `not-running`; `starting` or `stopping` while the line does not take work; `unreadable`
 */
export const readRunState = async (dataDir: string): Promise<RunState> => {
  const state = await readStateOfAnyPhase(dataDir);
  switch (state.phase) {
    case 'running':
      return state;
    case 'starting':
      throw new RunStateError(
        'starting',
        true,
        `The line on ${dataDir} is still starting. Wait until "npm run status" says ready.`,
      );
    case 'stopping':
      throw new RunStateError('stopping', true, `The line on ${dataDir} is stopping. Start it again with "npm start".`);
  }
};

const readStateOfAnyPhase = async (dataDir: string): Promise<RunState> => {
  const file = runStateFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw notRunning(dataDir);
    throw error;
  }
  let state: RunState;
  try {
    state = runStateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new RunStateError(
      'unreadable',
      false,
      `${file} can't be read. Stop the line, delete the file, and start it again.`,
      {
        cause: error,
      },
    );
  }
  // A killed line leaves its file behind.
  if (!isAlive(state.pid)) throw notRunning(dataDir);
  return state;
};

const notRunning = (dataDir: string): RunStateError =>
  new RunStateError(
    'not-running',
    false,
    `Nothing runs on ${dataDir}. Start it with "npm start", or name the folder of a running one with --data DIR.`,
  );

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
};

/** Written whole or not at all, so that nobody reads half of it. */
export const writeRunState = async (dataDir: string, state: RunState): Promise<void> => {
  const file = runStateFile(dataDir);
  await writeFile(`${file}.next`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.next`, file);
};

export const removeRunState = (dataDir: string): Promise<void> => rm(runStateFile(dataDir), { force: true });
