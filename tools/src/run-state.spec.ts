import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRunState, removeRunState, writeRunState, type RunState } from './run-state.js';

const state: RunState = {
  phase: 'running',
  pid: process.pid,
  startedAt: '2026-01-05T10:00:00.000Z',
  addresses: {
    collector: 'http://127.0.0.1:9400',
    control: 'http://127.0.0.1:9401',
    gateway: 'http://127.0.0.1:9403',
    inference: '127.0.0.1:9402',
    kafka: '127.0.0.1:9410',
  },
  admin: { collector: 'http://127.0.0.1:9420' },
  controlDataDir: '/data/control',
  modelsDir: '/data/models',
  demo: { tenant: 'demo', writeKey: 'key', apiKey: 'secret', items: ['a'] },
  processes: { collector: 1 },
};

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offerstream-run-state-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

it('gives back what a running line wrote', async () => {
  await writeRunState(dataDir, state);
  expect(await readRunState(dataDir)).toEqual(state);
});

it('names npm start where nothing runs, ran, or was killed', async () => {
  const refusal = { code: 'not-running', message: expect.stringContaining('npm start') as string };
  await expect(readRunState(dataDir)).rejects.toMatchObject(refusal);
  await writeRunState(dataDir, { ...state, pid: spawnSync('true').pid });
  await expect(readRunState(dataDir)).rejects.toMatchObject(refusal);
  await writeRunState(dataDir, state);
  await removeRunState(dataDir);
  await expect(readRunState(dataDir)).rejects.toMatchObject(refusal);
});

it('hands out no line that does not take work yet or any more', async () => {
  for (const phase of ['starting', 'stopping'] as const) {
    await writeRunState(dataDir, { ...state, phase });
    await expect(readRunState(dataDir)).rejects.toMatchObject({ code: phase, canRetry: true });
  }
});

it('says which file is not what it should be', async () => {
  await writeFile(join(dataDir, 'run.json'), '{"phase":"running"');
  await expect(readRunState(dataDir)).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining(join(dataDir, 'run.json')) as string,
  });
});
