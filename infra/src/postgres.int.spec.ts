import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canConnect } from './network.js';
import { startPostgres, type RunningPostgres } from './postgres.js';

let parent: string;
const running: RunningPostgres[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'offerstream postgres '));
  await chmod(parent, 0o755);
});
afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  await rm(parent, { recursive: true, force: true });
});

const start = async (env: Readonly<Record<string, string | undefined>> = {}) => {
  const postgres = await startPostgres({
    dataDir: join(parent, 'data'),
    port: 0,
    log: () => undefined,
    env: { ...process.env, DATABASE_URL: undefined, ...env },
  });
  running.push(postgres);
  return postgres;
};

const answers = ({ url }: RunningPostgres) => canConnect('127.0.0.1', Number(new URL(url).port), 1_000);
const password = ({ url }: RunningPostgres) => new URL(url).password;

it('makes a server once, and starts it again on the same data', async () => {
  const first = await start();
  expect(await answers(first)).toBe(true);
  await first.stop();
  expect(await answers(first)).toBe(false);
  const second = await start();
  expect(await answers(second)).toBe(true);
  expect(password(second)).toBe(password(first));
});

it('comes back after it was cut off', async () => {
  const postgres = await start();
  await postgres.kill();
  await postgres.ended();
  expect(await answers(postgres)).toBe(false);
  await postgres.restart();
  expect(await answers(postgres)).toBe(true);
});

it('says when DATABASE_URL leads nowhere', async () => {
  await expect(start({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' })).rejects.toMatchObject({
    code: 'postgres-unreachable',
    message: expect.not.stringContaining('a:b') as string,
  });
});

const asRoot = process.getuid?.() === 0;
(asRoot ? describe : describe.skip)(asRoot ? 'as root' : 'as root [skipped: the tests do not run as root]', () => {
  it('says that others are shut out of a folder above the data', async () => {
    await chmod(parent, 0o700);
    await expect(start()).rejects.toMatchObject({
      code: 'postgres-failed',
      message: expect.stringContaining('closed to others') as string,
    });
  });
});
