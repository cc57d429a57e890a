import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines, startChild, type Child, type ChildExit } from './child.js';
import { claimDataFolder } from './data-folder.js';
import { LocalRunError, messageOf } from './errors.js';
import { startKafka, type KafkaOptions } from './kafka.js';
import { LOOPBACK, requireFreePort } from './network.js';
import { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.js';
import type { RunningKafka } from './running-kafka.js';
import type { Log } from './surroundings.js';
import { waitUntil } from './waiting.js';

export interface ServiceSpec {
  /** Names its log, `<data>/logs/<name>.log`. */
  readonly name: string;
  /** The built file that Node runs. It gets SIGTERM to stop, and sees `disconnect` when the supervisor is gone. */
  readonly script: string;
  readonly args?: readonly string[];
  /** Added to this process's own environment; `ADMIN_PORT` is set from `adminPort`. */
  readonly env: Readonly<Record<string, string>>;
  /** Where `/health/ready` answers 200 once the service takes work. */
  readonly adminPort: number;
  /** What else it listens on, so that a taken port is told before it starts. */
  readonly ports?: readonly number[];
}

export interface PartState {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'stopped';
  /** How often it was started again after ending by itself. */
  readonly restarts: number;
  /** Undefined for a part that has no process of ours. */
  readonly pid?: number;
}

/** What runs on this machine for one data folder. Parts are stopped in the reverse order of their start. */
export interface LocalRun {
  readonly dataDir: string;
  startKafka(options: Omit<KafkaOptions, 'dataDir' | 'log'>): Promise<RunningKafka>;
  startPostgres(options: Omit<PostgresOptions, 'dataDir' | 'log'>): Promise<RunningPostgres>;
  /** Resolves when the service is ready. @throws LocalRunError with the end of its log when it does not get there. */
  startService(spec: ServiceSpec): Promise<void>;
  /** Has something of this very process stopped in its turn. */
  onStop(name: string, stop: () => Promise<void>): void;
  parts(): readonly PartState[];
  /** Aborted when the run is to end; work between the steps should give up then. */
  readonly stopping: AbortSignal;
}

export interface LocalRunOptions {
  readonly dataDir: string;
  /** Told of each part that starts, ends by itself, is started again or stops. */
  readonly log: Log;
  readonly leastFreeBytes?: number;
}

/**
 * How Node runs a service. By default the young generation grows to 128 MB and more, which buys a few percent of speed; with
 * 16 MiB semi-spaces a service stays at 32 (`npm run bench -- line` shows both). V8 counts buffers that wait for their collection as old
 * memory, of which it collects all after every 12 MB: for photos and tensors on their way that is every twentieth photo. Up to 64 MB of
 * old memory are left alone (`npm run bench -- vision --parts classify` shows both).
 */
export const SERVICE_NODE_FLAGS: readonly string[] = [
  '--enable-source-maps',
  '--max-semi-space-size=16',
  '--initial-old-space-size=64',
];

/** Above the time that a service gives itself to finish its work. */
const SERVICE_STOP_MS = 25_000;
const SERVICE_READY_MS = 90_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A part that ran this long is not in a loop of failures. */
const SETTLED_MS = 60_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Part {
  readonly name: string;
  readonly pid: () => number | undefined;
  readonly ended: () => Promise<string>;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
  restarts: number;
  state: PartState['state'];
  /** A restart under way, which a stop has to wait for. Never rejects. */
  restarting?: Promise<void>;
}

/**
 * Claims the data folder, lets `start` bring up parts one after the other, keeps them up, and stops them all on SIGINT,
 * SIGTERM or SIGHUP; a second SIGINT or SIGTERM kills them. When `start` fails, what it had started
 * is stopped before the error comes out.
 *
 * @returns why the run ended, in a few words.
 * @throws LocalRunError and whatever `start` throws.
 */
export const runLocally = async (
  { dataDir, log, leastFreeBytes }: LocalRunOptions,
  start: (run: LocalRun) => Promise<void>,
): Promise<string> => {
  const folder = await claimDataFolder(dataDir, log, leastFreeBytes);
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  const parts: Part[] = [];
  const pending = new Set<Promise<unknown>>();

  const stopRequested = new Promise<string>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(String(stopping.signal.reason)), { once: true });
  });
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping()) {
      // Of a terminal that goes away one may hear more than once, and it is nobody's impatience.
      if (signal === 'SIGHUP') return;
      log(`${signal} again: killing what still runs`);
      for (const part of parts) void part.kill();
    } else {
      stopping.abort(signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  /** Takes a part in once it has come up; one that comes up too late is stopped at once. */
  const bringUp = async <Value>(
    make: () => Promise<{ readonly value: Value; readonly part: Part }>,
  ): Promise<Value> => {
    if (isStopping()) throw interrupted();
    const making = make();
    const settled = making.then(
      () => undefined,
      () => undefined,
    );
    pending.add(settled);
    try {
      const { value, part } = await making;
      parts.push(part);
      void keepUp(part, stopping.signal, log);
      if (isStopping()) throw interrupted();
      return value;
    } finally {
      pending.delete(settled);
    }
  };

  const run: LocalRun = {
    dataDir,
    stopping: stopping.signal,
    parts: () =>
      parts.map((part) => {
        const pid = part.pid();
        return { name: part.name, state: part.state, restarts: part.restarts, ...(pid === undefined ? {} : { pid }) };
      }),
    startKafka: (options) =>
      bringUp(async () => {
        const kafka = await startKafka({ ...options, dataDir, log });
        return { value: kafka, part: partOf('kafka', kafka) };
      }),
    startPostgres: (options) =>
      bringUp(async () => {
        const postgres = await startPostgres({ ...options, dataDir, log });
        return { value: postgres, part: partOf('postgres', postgres) };
      }),
    startService: (spec) =>
      bringUp(async () => {
        const part = await startService(spec, dataDir, stopping.signal);
        log(`${spec.name} is ready (process ${part.pid() ?? 0})`);
        return { value: undefined, part };
      }),
    onStop: (name, stop) => {
      parts.push(partOf(name, { ended: () => new Promise(() => undefined), stop, restart: stop, kill: stop }));
    },
  };

  try {
    const starting = start(run);
    // Looked at below; without this, a failure while a stop is under way would count as unhandled.
    starting.catch(() => undefined);
    await Promise.race([starting, stopRequested]);
    return await stopRequested;
  } finally {
    if (!isStopping()) stopping.abort('the start failed');
    await Promise.all(pending);
    for (const part of parts.toReversed()) {
      await part.restarting;
      part.state = 'stopped';
      await part.stop().catch((error: unknown) => log(`${part.name} did not stop as it should: ${messageOf(error)}`));
      log(`${part.name} is stopped`);
    }
    for (const signal of SIGNALS) process.off(signal, onSignal);
    folder.release();
  }
};

const interrupted = () => new LocalRunError('interrupted', 'The start was interrupted.');

interface Restartable {
  ended(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  kill(): Promise<void>;
}

const partOf = (name: string, part: Restartable): Part => ({
  name,
  pid: () => undefined,
  ended: () => part.ended().then(() => ''),
  restart: () => part.restart(),
  stop: () => part.stop(),
  kill: () => part.kill().catch(() => undefined),
  restarts: 0,
  state: 'running',
});

/** Starts a part again each time it ends by itself, waiting longer from time to time. */
const keepUp = async (part: Part, stopping: AbortSignal, log: Log): Promise<void> => {
  const isStopping = () => stopping.aborted;
  let backoffMs = FIRST_BACKOFF_MS;
  for (;;) {
    const since = performance.now();
    let how = await part.ended();
    if (performance.now() - since > SETTLED_MS) backoffMs = FIRST_BACKOFF_MS;
    let up = false;
    while (!up) {
      if (isStopping()) return;
      part.state = 'restarting';
      log(`${part.name} ended by itself${how}; starting it again in ${backoffMs / 1000} s`);
      await delay(backoffMs, undefined, { signal: stopping }).catch(() => undefined);
      if (isStopping()) return;
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      part.restarts += 1;
      const restart = part.restart().then(
        () => true,
        (error: unknown) => {
          how = `, and could not be started again: ${messageOf(error)}`;
          return false;
        },
      );
      part.restarting = restart.then(() => undefined);
      up = await restart;
    }
    part.state = 'running';
    log(`${part.name} runs again`);
  }
};

const startService = async (spec: ServiceSpec, dataDir: string, stopping: AbortSignal): Promise<Part> => {
  const logFile = join(dataDir, 'logs', `${spec.name}.log`);
  const launch = async (): Promise<Child> => {
    for (const port of [spec.adminPort, ...(spec.ports ?? [])]) await requireFreePort(port, spec.name);
    const child = await startChild({
      command: process.execPath,
      args: [...SERVICE_NODE_FLAGS, spec.script, ...(spec.args ?? [])],
      env: { ...process.env, ...spec.env, ADMIN_PORT: String(spec.adminPort) },
      logFile,
      channel: true,
    });
    const ready = await waitUntil(
      async () => child.hasExited() || stopping.aborted || (await isReady(spec.adminPort)),
      { timeoutMs: SERVICE_READY_MS, everyMs: 100 },
    );
    if (ready && !child.hasExited() && !stopping.aborted) return child;
    const exit = child.hasExited() ? await child.exited : undefined;
    await child.end('SIGTERM', SERVICE_STOP_MS);
    if (stopping.aborted) throw interrupted();
    throw new LocalRunError(
      'part-not-ready',
      `${spec.name} ${exit === undefined ? `was not ready within ${SERVICE_READY_MS / 1000} s` : `ended${describeExit(exit)}`}. ` +
        `The end of ${logFile}:\n${await lastLines(logFile, 15)}`,
    );
  };
  let child = await launch();
  return {
    name: spec.name,
    pid: () => (child.hasExited() ? undefined : child.pid),
    ended: async () => describeExit(await child.exited),
    restart: async () => {
      child = await launch();
    },
    stop: async () => {
      await child.end('SIGTERM', SERVICE_STOP_MS);
    },
    kill: async () => {
      await child.end('SIGKILL', 0);
    },
    restarts: 0,
    state: 'running',
  };
};

const isReady = async (adminPort: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://${LOOPBACK}:${adminPort}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

const describeExit = ({ code, signal }: ChildExit): string =>
  signal === null ? ` with exit code ${code ?? 0}` : ` by ${signal}`;
