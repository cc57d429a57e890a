import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ItemId } from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { DEMO_CONTROL_PLACEMENT, DEMO_PLACEMENT, DEMO_TENANT } from './demo.js';
import {
  demoApiKeyFile,
  readDemoApiKey,
  readDemoProgress,
  writeDemoApiKey,
  writeDemoProgress,
} from './demo-progress.js';

const BEHAVIOUR: Promotion = {
  tenant: DEMO_TENANT,
  name: 'demo.behaviour',
  version: '1',
  family: 'behaviour',
  popular: ['tents-12' as ItemId],
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream-demo-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a new data folder has nothing of the demo', async () => {
  expect(await readDemoProgress(folder)).toEqual({ trained: [], promoted: {}, placements: [] });
  expect(await readDemoApiKey(folder)).toBeUndefined();
});

it('is read as it was written', async () => {
  const progress = {
    trained: [BEHAVIOUR],
    promoted: { 'demo.behaviour': '1' },
    placements: [DEMO_PLACEMENT, DEMO_CONTROL_PLACEMENT],
  };
  await writeDemoProgress(folder, progress);
  expect(await readDemoProgress(folder)).toEqual(progress);
});

it("the secret key is its owner's alone", async () => {
  await writeDemoApiKey(folder, 'ofs_sk_test_x');
  expect(await readDemoApiKey(folder)).toBe('ofs_sk_test_x');
  expect((await stat(demoApiKeyFile(folder))).mode & 0o777).toBe(0o600);
});

it.each([
  [true, { trained: [], promoted: { 'demo.behaviour': '1' }, placements: [DEMO_PLACEMENT] }],
  [false, { trained: [], promoted: {}, placements: [] }],
])('of version 0.1 it says what the back office has (handed over: %s)', async (handedOver, progress) => {
  await writeFile(join(folder, 'demo.json'), JSON.stringify({ promotion: BEHAVIOUR, handedOver }));
  expect(await readDemoProgress(folder)).toEqual(progress);
});
