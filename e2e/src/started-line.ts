import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { canConnect, deleteKafkaData, LOOPBACK, portsFrom, waitUntil, type Ports } from '@offerstream/infra';
import { tempFolder } from '@offerstream/testing';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const START_TIMEOUT_MS = 240_000;

// The line is to bring its own Kafka and PostgreSQL, whatever this test run was given.
const env = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', NODE_OPTIONS: '' };

/** A program of `tools/`, what it has printed so far, and how it ends: its exit code, or the signal. */
export interface RunningProgram {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
}

/** What `npm run status -- --json` prints. */
export interface Status {
  readonly ready: boolean;
  readonly addresses: Readonly<Record<'collector' | 'control' | 'gateway' | 'inference' | 'kafka', string>>;
  readonly counts: { readonly events: { readonly applied: number }; readonly offers: number; readonly lag: number };
  readonly demo: { readonly writeKey: string; readonly apiKey: string; readonly items: readonly string[] };
}

/** A data folder and free ports, on which the line is started and worked with as people do it. */
export class LinePlace {
  readonly #programs: RunningProgram[] = [];

  private constructor(
    readonly dataDir: string,
    readonly ports: Ports,
  ) {}

  static async choose(): Promise<LinePlace> {
    return new LinePlace(await tempFolder(), await freePorts());
  }

  /** `npm start`; does not wait until the line takes work. */
  start(...options: readonly string[]): RunningProgram {
    return this.run('start', '--port-base', String(this.ports.collector), '--plain', ...options);
  }

  /** `npm run <program>` on this data folder. */
  run(program: 'start' | 'status' | 'train' | 'replay', ...options: readonly string[]): RunningProgram {
    const child = spawn(process.execPath, [`${ROOT}tools/dist/${program}.js`, '--data', this.dataDir, ...options], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = {
      child,
      stdout: '',
      stderr: '',
      exited: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    };
    child.stdout.on('data', (chunk: Buffer) => (running.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (running.stderr += chunk.toString()));
    this.#programs.push(running);
    return running;
  }

  /** @throws when its exit code says something else than it prints */
  async status(): Promise<Status> {
    const program = this.run('status', '--json');
    const [exitCode] = await program.exited;
    if (program.stdout === '') throw new Error(program.stderr);
    const status = JSON.parse(program.stdout) as Status;
    if ((exitCode === 0) !== status.ready) throw new Error(`status ends with ${exitCode}:\n${program.stdout}`);
    return status;
  }

  async untilReady(line: RunningProgram): Promise<Status> {
    let status: Status | undefined;
    await waitUntil(
      async () => {
        status = await this.status();
        return status.ready || line.child.exitCode !== null;
      },
      { timeoutMs: START_TIMEOUT_MS, everyMs: 1_000 },
    );
    if (status?.ready !== true) throw new Error(`The line did not get ready:\n${line.stdout}${line.stderr}`);
    return status;
  }

  /** Ends what runs here still, and leaves nothing. */
  async leave(): Promise<void> {
    for (const { child } of this.#programs) child.kill('SIGTERM');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    await deleteKafkaData(this.dataDir, env);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Below the ports that systems hand out by themselves: one that is free now is not taken by a connection before it is used. */
const BASES = { first: 10_000, count: 20_000 };

/** A base of which all ports are free. */
const freePorts = async (): Promise<Ports> => {
  for (;;) {
    const ports = portsFrom(BASES.first + randomInt(BASES.count));
    if (ports === undefined) continue;
    const taken = await Promise.all(Object.values(ports).map((port) => canConnect(LOOPBACK, port, 500)));
    if (!taken.includes(true)) return ports;
  }
};
