import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@offerstream/infra';
import { tempFolder } from '@offerstream/testing';
import { ServiceProcess } from './service-process.js';
import { ROOT } from './started-line.js';

const FILES = ['card.md', 'encoder.json', 'metrics.json', 'model.onnx'];
const COLOURS = ['crimson', 'turquoise', 'golden', 'ivory', 'charcoal', 'lavender', 'scarlet', 'emerald'];
const STYLES = ['vintage', 'hanging', 'folding', 'painted'];
const THINGS = ['teapot', 'saucer', 'lampshade', 'lantern', 'notebook', 'pencil'];
const TITLES = COLOURS.flatMap((colour) =>
  STYLES.flatMap((style) => THINGS.map((thing) => `${colour} ${style} ${thing}`)),
);

let folder: string;
let events: string;
beforeAll(async () => {
  folder = await tempFolder();
  events = join(folder, 'events.jsonl');
  const calls = Array.from({ length: 600 }, (_, number) => ({
    type: 'track',
    event: 'Product Viewed',
    userId: `shopper-${number % 100}`,
    messageId: `message-${number}`,
    timestamp: new Date(1_700_000_000_000 + number * 1_000).toISOString(),
    properties: { product_id: String((number * 7) % TITLES.length), name: TITLES[(number * 7) % TITLES.length] },
  }));
  await writeFile(events, calls.map((call) => JSON.stringify(call)).join('\n'));
});

interface Ended {
  readonly exit: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run train -- encoder` on a data folder of its own. */
const train = (place: string, options: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const program = [`${ROOT}tools/dist/train.js`, 'encoder', '--tenant', 'shop', '--data', join(folder, place)];
  const child = spawn(process.execPath, [...program, ...options], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  const milestone = Promise.withResolvers<undefined>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      printed[name] += String(chunk);
      if (printed.stderr.includes('held-out')) milestone.resolve(undefined);
    });
  }
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ exit: signal ?? code, ...printed })),
  );
  return { child, ended, milestone: milestone.promise };
};

const versionFolder = (models: string): string => join(models, 'shop.encoder', '1');
const versionOf = async (models: string): Promise<ReadonlyMap<string, string>> =>
  new Map(
    await Promise.all(
      (await readdir(versionFolder(models)))
        .sort()
        .map(async (name) => [name, await readFile(join(versionFolder(models), name), 'base64')] as const),
    ),
  );

it('an encoder that is trained on events serves, and one whose training Ctrl-C has ended comes to the same bytes', async () => {
  const served = join(folder, 'served-models');
  const port = await freePort();
  const inference = await ServiceProcess.start('inference', {
    env: { MODELS_DIR: served, GRPC_PORT: String(port) },
    logFile: join(folder, 'inference.log'),
  });
  try {
    const { exit, stdout } = await train('served', ['--events', events], {
      MODELS_DIR: served,
      INFERENCE_ADDRESS: `127.0.0.1:${port}`,
    }).ended;
    expect(stdout).toContain('# shop.encoder\n\nA sentence encoder');
    expect(stdout).toMatch(/\| this encoder \|( [01]\.\d{3}, [01]\.\d{3} \|){3}\n/);
    expect(stdout).toContain(`Version 1 of shop.encoder is in ${versionFolder(served)} and serves.`);
    expect(exit).toBe(0);
  } finally {
    await inference.stop();
  }
  const unbroken = await versionOf(served);
  expect([...unbroken.keys()]).toEqual(FILES);

  const models = join(folder, 'models');
  const options = ['--events', events, '--models', models];
  const first = train('interrupted', options);
  await first.milestone;
  first.child.kill('SIGINT');
  const { exit, stdout, stderr } = await first.ended;
  expect([exit, stdout]).toEqual([130, '']);
  expect(stderr).toMatch(/Interrupted\. The same command goes on from here\.\n$/);
  const second = await train('interrupted', options).ended;
  expect(second.stderr).toMatch(/^Going on with the training that was interrupted after \d+ steps\.$/m);
  expect(second.exit).toBe(0);
  expect(await versionOf(models)).toEqual(unbroken);
  expect(await readdir(join(folder, 'interrupted', 'training'))).toEqual([]);
});

it('what there is to learn from has to be named, and to have titles', async () => {
  const nothing = await train('nothing', ['--models', folder]).ended;
  expect(nothing.exit).toBe(1);
  expect(nothing.stderr).toContain('give --events, --catalog or both');
  const untitled = join(folder, 'untitled.jsonl');
  await writeFile(untitled, (await readFile(events, 'utf8')).replace(/,"name":"[^"]*"/g, ''));
  const { exit, stderr } = await train('untitled', ['--events', untitled, '--models', folder]).ended;
  expect(exit).toBe(1);
  expect(stderr).toContain('No item of shop has a title to learn from.');
});
