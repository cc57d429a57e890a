import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canConnect, freePort } from './network.js';
import { waitUntil } from './waiting.js';

const LINE = fileURLToPath(new URL('../fixtures/line.mjs', import.meta.url));

interface Service {
  readonly name: string;
  readonly adminPort: number;
  readonly env?: Readonly<Record<string, string>>;
}

let dataDir: string;
const started: { readonly child: ChildProcess; readonly exited: Promise<unknown> }[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offerstream-line-'));
});

afterEach(async () => {
  for (const { child, exited } of started.splice(0)) {
    child.kill('SIGTERM');
    await exited;
  }
  await rm(dataDir, { recursive: true, force: true });
});

const startLine = (...services: readonly Service[]) => {
  const child = spawn(process.execPath, [LINE, dataDir, JSON.stringify(services)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const line = { child, output: '', exited: once(child, 'close') as Promise<[number | null, string | null]> };
  started.push(line);
  child.stdout.on('data', (chunk: Buffer) => (line.output += chunk.toString()));
  return line;
};

const says = (line: { readonly output: string }, text: string) =>
  waitUntil(() => line.output.includes(text), { timeoutMs: 60_000 });

const diary = async (): Promise<readonly string[]> =>
  (await readFile(join(dataDir, 'diary'), 'utf8').catch(() => ''))
    .trim()
    .split('\n')
    .map((entry) => entry.replace(/ \d+$/, ''));

const service = async (name: string, env: Readonly<Record<string, string>> = {}): Promise<Service> => ({
  name,
  adminPort: await freePort(),
  env,
});

it('starts services in order, and stops them in reverse order with one SIGTERM each', async () => {
  const line = startLine(await service('first'), await service('second'));
  expect(await says(line, 'all up')).toBe(true);
  line.child.kill('SIGINT');
  expect(await line.exited).toEqual([0, null]);
  expect(line.output).toContain('ended: SIGINT');
  expect(await diary()).toEqual(['first started', 'second started', 'second SIGTERM', 'first SIGTERM']);
});

it('starts a service again that ended with an error, and says so', async () => {
  const line = startLine(await service('shaky', { CRASHES: '1' }));
  expect(await says(line, 'shaky ended by itself with exit code 3')).toBe(true);
  expect(await says(line, 'shaky runs again')).toBe(true);
  line.child.kill('SIGTERM');
  expect(await line.exited).toEqual([0, null]);
});

it('stops what had started when a service does not come up, and shows the end of its log', async () => {
  const first = await service('first');
  const line = startLine(first, await service('broken', { NEVER_READY: '1' }));
  expect(await line.exited).toEqual([1, null]);
  expect(line.output).toContain('part-not-ready: broken ended with exit code 4');
  expect(await diary()).toContain('first SIGTERM');
  expect(await canConnect('127.0.0.1', first.adminPort, 500)).toBe(false);
});

it('refuses a second start on the same data folder with who holds it, and disturbs nothing', async () => {
  const line = startLine(await service('only'));
  expect(await says(line, 'all up')).toBe(true);
  const second = startLine(await service('other'));
  expect(await second.exited).toEqual([1, null]);
  expect(second.output).toMatch(/folder-in-use: .* is in use by process (\d+) on .* since 20/);
  expect(second.output).toContain(`process ${line.child.pid}`);
  expect(await diary()).toEqual(['only started']);
});

it('lets services know when it is killed, and the next start waits for their end', async () => {
  const only = await service('only');
  const line = startLine(only);
  expect(await says(line, 'all up')).toBe(true);
  // Halted, it can't end before the next start looks.
  const part = Number(/only is ready \(process (\d+)\)/.exec(line.output)?.[1]);
  process.kill(part, 'SIGSTOP');
  line.child.kill('SIGKILL');
  await line.exited;
  const next = startLine(only);
  expect(await says(next, 'was killed; waiting until its parts have ended')).toBe(true);
  process.kill(part, 'SIGCONT');
  expect(await says(next, 'all up')).toBe(true);
  expect(await diary()).toEqual(['only started', 'only disconnect', 'only started']);
});

it('names a port that is taken before it starts the service', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const line = startLine({ name: 'late', adminPort: port });
  expect(await line.exited).toEqual([1, null]);
  expect(line.output).toContain(`port-taken: Port ${port}, meant for late, is taken by another program.`);
  expect(await diary()).toEqual(['']);
  taken.close();
});
