import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLineConfig } from '../line/config.js';
import { writeRunState } from '../run-state.js';
import { readStatus } from './read-status.js';

const addresses = {
  collector: 'http://c',
  control: 'http://o',
  gateway: 'http://g',
  inference: 'i:1',
  kafka: '127.0.0.1:1',
};

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offerstream-status-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

it('tells that Kafka is away beside the addresses and the demo', async () => {
  await writeRunState(dataDir, {
    phase: 'running',
    pid: process.pid,
    startedAt: '2026-01-05T10:00:00.000Z',
    addresses,
    admin: {},
    controlDataDir: '',
    modelsDir: '',
    demo: { tenant: 'demo', writeKey: 'key', apiKey: 'secret', items: ['a'] },
    processes: {},
  });
  expect(await readStatus(dataDir, readLineConfig({}))).toEqual({
    ready: false,
    problems: { kafka: expect.stringContaining('127.0.0.1:1') as string },
    addresses,
    counts: undefined,
    demo: { writeKey: 'key', apiKey: 'secret', items: ['a'] },
  });
});

it('tells that nothing runs', async () => {
  expect(await readStatus(dataDir, readLineConfig({}))).toMatchObject({
    ready: false,
    problems: { line: expect.stringContaining('npm start') as string },
  });
});
