import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_TOPIC_NAMING, offerSchema, topicOnBroker, type Offer } from '@offerstream/contracts';
import { canConnect, deleteKafkaData, freePort, LOOPBACK, portsFrom, waitUntil, type Ports } from '@offerstream/infra';
import { createKafka, readAll } from '@offerstream/kafka';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START_TIMEOUT_MS = 240_000;
const README_PORT = ':9400/';

interface Status {
  readonly ready: boolean;
  readonly addresses: Readonly<Record<'collector' | 'control' | 'inference' | 'kafka', string>>;
  readonly counts: { readonly events: { readonly applied: number }; readonly offers: number; readonly lag: number };
  readonly demo: { readonly writeKey: string; readonly items: readonly string[] };
}

// The line is to bring its own Kafka and PostgreSQL, whatever this test run was given.
const env = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', NODE_OPTIONS: '' };

let dataDir: string;
let base: number;
const started: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offerstream-start-'));
  await chmod(dataDir, 0o755);
  base = await freeBase();
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await deleteKafkaData(dataDir, env);
  await rm(dataDir, { recursive: true, force: true });
});

const allPorts = (ports: Ports): readonly number[] => Object.values(ports);

/** A base of which all ports are free. */
const freeBase = async (): Promise<number> => {
  for (;;) {
    const ports = portsFrom((await freePort()) - 50);
    if (ports === undefined) continue;
    const taken = await Promise.all(allPorts(ports).map((port) => canConnect(LOOPBACK, port, 500)));
    if (!taken.includes(true)) return ports.collector;
  }
};

const start = (...more: readonly string[]) => {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'tools/dist/start.js'), '--data', dataDir, '--port-base', String(base), '--plain', ...more],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.push(child);
  const line = {
    child,
    stdout: '',
    stderr: '',
    exited: once(child, 'close') as Promise<[number | null, string | null]>,
  };
  child.stdout.on('data', (chunk: Buffer) => (line.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (line.stderr += chunk.toString()));
  return line;
};

/** What `npm run status -- --json` prints, and whether its exit code says ready. */
const readStatus = async (): Promise<{ readonly exitCode: number; readonly status: Status }> => {
  const child = spawn(process.execPath, [join(ROOT, 'tools/dist/status.js'), '--data', dataDir, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, status: JSON.parse(output) as Status };
};

const untilReady = async (line: ReturnType<typeof start>): Promise<Status> => {
  let seen: Awaited<ReturnType<typeof readStatus>> | undefined;
  await waitUntil(
    async () => {
      seen = await readStatus();
      return seen.exitCode === 0 || line.child.exitCode !== null;
    },
    { timeoutMs: START_TIMEOUT_MS, everyMs: 1_000 },
  );
  if (seen?.exitCode !== 0) throw new Error(`The line did not get ready:\n${line.stdout}${line.stderr}`);
  expect(seen.status.ready).toBe(true);
  return seen.status;
};

const offersOf = async (brokers: string, subject: string): Promise<readonly Offer[]> => {
  const kafka = createKafka({ brokers: brokers.split(','), clientId: 'e2e', naming: DEFAULT_TOPIC_NAMING });
  const records = await readAll(kafka, topicOnBroker('offers', DEFAULT_TOPIC_NAMING));
  return records
    .filter(({ key }) => key?.toString() === `demo:${subject}`)
    .map(({ value }) => offerSchema.parse(JSON.parse(value?.toString() ?? '')));
};

/** The command of the README, up to an empty line, on this line's port. */
const readmeCurl = async (collector: string): Promise<string> => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const found = /^curl .*?(?=\n\n)/ms.exec(readme)?.[0];
  if (found === undefined) throw new Error('The README has no curl.');
  expect(found).toContain(README_PORT);
  return found.replace(README_PORT, `:${new URL(collector).port}/`);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const processIds = async (): Promise<readonly number[]> => {
  const { processes } = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as {
    readonly processes: Readonly<Record<string, number>>;
  };
  return Object.values(processes);
};

const expectNothingLeft = async (pids: readonly number[]): Promise<void> => {
  expect(pids.filter(isAlive)).toEqual([]);
  const ports = portsFrom(base) as Ports;
  const open = await Promise.all(allPorts(ports).map((port) => canConnect(LOOPBACK, port, 500)));
  expect(open).not.toContain(true);
  await expect(access(join(dataDir, 'run.json'))).rejects.toThrow();
  await expect(access(join(dataDir, 'lock'))).rejects.toThrow();
};

it("answers the README's event with an offer, stops without leaving anything, and goes on where it stopped", async () => {
  const first = start();
  const status = await untilReady(first);
  expect(status).toMatchObject({
    addresses: { collector: `http://127.0.0.1:${base}`, kafka: expect.stringMatching(/^\S+:\d+$/) as string },
    demo: { writeKey: 'demo-write-key' },
  });
  expect(status.demo.items.length).toBeGreaterThan(0);

  const curl = await readmeCurl(status.addresses.collector);
  let offers: readonly Offer[] = [];
  const isOfferedPersonally = async (): Promise<boolean> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
    expect(JSON.parse(stdout)).toEqual({ success: true });
    offers = await offersOf(status.addresses.kafka, 'anna');
    return offers.at(-1)?.items.every(({ strategy }) => strategy === 'personal') ?? false;
  };
  // On a busy machine, inference may miss its deadline; the next event heals it.
  expect(await waitUntil(isOfferedPersonally, { timeoutMs: 30_000, everyMs: 500 })).toBe(true);
  const newest = offers.at(-1);
  expect(newest).toMatchObject({
    tenant: 'demo',
    subject: 'anna',
    placement: 'home',
    model: { name: 'demo.behaviour' },
  });
  expect(newest?.items).toHaveLength(20);

  const second = start();
  expect(await second.exited).toEqual([1, null]);
  expect(second.stderr).toMatch(
    new RegExp(`^The data folder ${dataDir} is in use by process ${first.child.pid ?? 0} .*--data DIR.*\\n$`),
  );
  expect(second.stdout).toBe('');

  const shoppersAct = async (): Promise<boolean> => (await readStatus()).status.counts.events.applied > 100;
  expect(await waitUntil(shoppersAct, { timeoutMs: 60_000, everyMs: 1_000 })).toBe(true);
  const before = (await readStatus()).status.counts;
  const pids = await processIds();
  expect(pids).toHaveLength(5);
  first.child.kill('SIGINT');
  expect(await first.exited).toEqual([0, null]);
  await expectNothingLeft(pids);
  expect((await readStatus()).status.ready).toBe(false);

  const again = start('--no-shoppers');
  const after = (await untilReady(again)).counts;
  expect(after.events.applied).toBeGreaterThanOrEqual(before.events.applied);
  expect(after.offers).toBeGreaterThanOrEqual(before.offers);
  expect(after.lag).toBe(0);
  expect((await offersOf(status.addresses.kafka, 'anna')).slice(0, offers.length)).toEqual(offers);
  const pidsAgain = await processIds();
  again.child.kill('SIGTERM');
  expect(await again.exited).toEqual([0, null]);
  await expectNothingLeft(pidsAgain);
}, 900_000);

it('names a port that is taken, and starts nothing', async () => {
  const taken = createServer().listen(base + 2, LOOPBACK);
  await once(taken, 'listening');
  const line = start();
  expect(await line.exited).toEqual([1, null]);
  taken.close();
  expect(line.stderr).toBe(
    `Port ${base + 2}, meant for the inference, is taken by another program. Choose other ports with --port-base N, or end that program.\n`,
  );
  expect(line.stdout).toBe('');
  await expectNothingLeft([]);
}, 60_000);

it('stops in order when whoever reads its lines has gone', async () => {
  const line = start('--no-shoppers');
  await untilReady(line);
  const pids = await processIds();
  line.child.stdout.destroy();
  expect(await line.exited).toEqual([0, null]);
  await expectNothingLeft(pids);
}, 600_000);
