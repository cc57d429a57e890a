import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataFolder } from './data-folder.js';

let folder: string;
const silent = () => undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const holdBy = (holder: object) => writeFile(join(folder, 'lock'), JSON.stringify(holder));
const since = '2026-01-01T00:00:00.000Z';

it('lets one in at a time, and the next after the release', async () => {
  const first = await claimDataFolder(folder, silent);
  await expect(claimDataFolder(folder, silent)).rejects.toMatchObject({ code: 'folder-in-use' });
  first.release();
  const second = await claimDataFolder(folder, silent);
  expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  second.release();
});

it('takes over from a process that is gone', async () => {
  const { pid } = spawnSync('true');
  await holdBy({ pid, startedAt: 1, host: hostname(), since });
  (await claimDataFolder(folder, silent)).release();
});

it('takes over from a process whose number another one has been given', async () => {
  await holdBy({ pid: process.pid, startedAt: 1, host: hostname(), since });
  (await claimDataFolder(folder, silent)).release();
});

it('takes over a lock that was cut off while it was written', async () => {
  await writeFile(join(folder, 'lock'), '{"pid": 1');
  (await claimDataFolder(folder, silent)).release();
});

it('believes a holder on another host, and says how to get past it', async () => {
  await holdBy({ pid: 1, startedAt: 1, host: 'elsewhere', since });
  await expect(claimDataFolder(folder, silent)).rejects.toThrow(
    `in use by process 1 on elsewhere since ${since}. Stop that one, or start on another folder with --data DIR`,
  );
});

it('refuses a disk that is nearly full and leaves no lock', async () => {
  await expect(claimDataFolder(folder, silent, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({ code: 'disk-full' });
  (await claimDataFolder(folder, silent)).release();
});
