import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TOPIC_NAMING, topicOnBroker, type TopicName } from '@offerstream/contracts';
import {
  deleteKafkaData,
  freePort,
  SERVICE_NODE_FLAGS,
  startKafka,
  startPostgres,
  waitUntil,
  whenThisProcessIsGone,
  type Forget,
  type RunningKafka,
  type RunningPostgres,
} from '@offerstream/infra';
import { createKafka, type Kafka } from '@offerstream/kafka';
import { inheritedEnvironment } from './config.js';

/** `bare-gateway` is this folder's own. */
export type ServiceName =
  'bare-gateway' | 'collector' | 'control' | 'gateway' | 'inference' | 'personalizer' | 'trainer';

const READY_TIMEOUT_MS = 60_000;
const TICKS_PER_SECOND = 100;

/** A service's process. */
export interface RunningService {
  readonly name: ServiceName;
  readonly adminPort: number;
  readonly pid: number;
  /** CPU seconds so far. */
  cpuSeconds(): number;
  /** Resident memory, bytes. */
  residentBytes(): number;
  /** A metric that has one value, as the admin port tells it now. */
  metric(name: string): Promise<number>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

const rigs: Promise<Rig>[] = [];

/** Ends what an interrupted measurement has started, also where it is still starting. */
export const closeRigs = async (): Promise<void> => {
  for (const rig of rigs)
    await rig.then(
      (started) => started.close(),
      () => undefined,
    );
};

/** A broker and services of their own, in a folder of their own, for one measurement. */
export class Rig {
  private readonly services = new Set<RunningService>();
  private closing: Promise<void> | undefined;
  private postgres: RunningPostgres | undefined;

  private constructor(
    readonly folder: string,
    private readonly forgetFolder: Forget,
    private readonly broker: RunningKafka,
    readonly kafka: Kafka,
  ) {}

  static start(): Promise<Rig> {
    const rig = Rig.setUp();
    rigs.push(rig);
    return rig;
  }

  private static async setUp(): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'offerstream-bench-'));
    // PostgreSQL runs as another user when this runs as root.
    chmodSync(folder, 0o755);
    const forgetFolder = whenThisProcessIsGone({ kind: 'folder', path: folder });
    const broker = await startKafka({
      dataDir: folder,
      port: 0,
      // Never one that serves somebody else.
      sources: ['docker', 'java'],
      log: (line) => process.stderr.write(`${line}\n`),
    });
    const kafka = createKafka({ brokers: broker.brokers, clientId: 'bench', naming: DEFAULT_TOPIC_NAMING });
    return new Rig(folder, forgetFolder, broker, kafka);
  }

  /** How the broker runs. */
  get brokerSource(): string {
    return this.broker.source;
  }

  get brokers(): string {
    return this.broker.brokers.join(',');
  }

  topic(name: TopicName): string {
    return topicOnBroker(name, DEFAULT_TOPIC_NAMING);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A database of its own, never that of `DATABASE_URL`. */
  async startPostgres(): Promise<RunningPostgres> {
    this.postgres = await startPostgres({
      dataDir: this.folder,
      port: 0,
      env: { ...inheritedEnvironment, DATABASE_URL: undefined },
      log: (line) => process.stderr.write(`${line}\n`),
    });
    return this.postgres;
  }

  async startService(name: ServiceName, env: Readonly<Record<string, string>>): Promise<RunningService> {
    const adminPort = await freePort();
    if (this.closing !== undefined) throw new Error(`The rig was closed before ${name} was started.`);
    const path = name === 'bare-gateway' ? './bare-gateway.js' : `../../services/${name}/dist/main.js`;
    const script = new URL(path, import.meta.url).pathname;
    const child = spawn(process.execPath, [...SERVICE_NODE_FLAGS, script], {
      env: { ...inheritedEnvironment, KAFKA_BROKERS: this.brokers, ADMIN_PORT: String(adminPort), ...env },
      // The channel's end tells the service that the benchmark is gone.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    child.stdout?.pipe(createWriteStream(this.path(`${name}-${adminPort}.log`)));
    const service = serviceOf(name, child, adminPort);
    this.services.add(service);
    const isReady = () =>
      fetch(`http://127.0.0.1:${adminPort}/health/ready`).then(
        (response) => response.ok,
        () => false,
      );
    const ready = await waitUntil(async () => child.exitCode !== null || (await isReady()), {
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: 20,
    });
    if (!ready || child.exitCode !== null)
      throw new Error(
        `${name} did not get ready:\n${readFileSync(this.path(`${name}-${adminPort}.log`), 'utf8').slice(-2_000)}`,
      );
    return service;
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    for (const service of [...this.services].reverse()) await service.stop();
    await this.postgres?.stop();
    await this.broker.stop();
    await deleteKafkaData(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
    this.forgetFolder();
  }
}

const serviceOf = (name: ServiceName, child: ChildProcess, adminPort: number): RunningService => {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started.`);
  return {
    name,
    adminPort,
    pid,
    cpuSeconds: () => cpuSecondsOf(pid),
    residentBytes: () => residentBytesOf(pid),
    metric: async (metric) => {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      const value = new RegExp(`^${metric}(?:{.*})? (.+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`${name} has no metric ${metric}.`);
      return Number(value);
    },
    kill: (signal) => child.kill(signal),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
};

/** CPU seconds of a process so far, from /proc. */
export const cpuSecondsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

/** Resident memory of a process in bytes, from /proc. */
export const residentBytesOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
