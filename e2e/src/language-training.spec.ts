import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@offerstream/infra';
import { tempFolder } from '@offerstream/testing';
import { ROOT } from './started-line.js';

const OPTIONS = ['--embedding', '8', '--hidden', '16', '--layers', '1', '--epochs', '5'];
const LINES = 1_000;
const WORDS = 200;
const FILES = ['card.md', 'language.json', 'metrics.json', 'model.onnx', 'n-grams.bin'];

let folder: string;
let text: string;
let unbroken: ReadonlyMap<string, string>;
beforeAll(async () => {
  folder = await tempFolder();
  text = join(folder, 'text.txt');
  await writeFile(text, generatedText());
  const { exit, stdout } = await train('unbroken').ended;
  expect(exit).toBe(0);
  expect(stdout).toContain(
    `Version 1 of shop.language is in ${join(folder, 'unbroken', 'models', 'shop.language', '1')}`,
  );
  unbroken = await versionOf('unbroken');
  expect([...unbroken.keys()]).toEqual(FILES);
});

/** Sentences in which a word says much about the next. */
const generatedText = (): string => {
  let state = 1;
  const below = (limit: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  const sentence = (): string => {
    const words = [below(WORDS)];
    while (words.length < 3 + below(8)) words.push(((words.at(-1) as number) * 7 + below(5)) % WORDS);
    return words.map((word) => `w${word}`).join(' ');
  };
  return Array.from({ length: LINES }, sentence).join('\n');
};

interface Ended {
  readonly exit: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run <command> -- language` on a place of its own. @param shell what a shell does first */
const run = (command: 'train' | 'evaluate', place: string, options: readonly string[], shell = 'true') => {
  const line = `${shell}; exec "$0" "$@"`;
  const program = [`${ROOT}tools/dist/${command}.js`, 'language', '--text', text, '--data', join(folder, place)];
  const child = spawn('sh', ['-c', line, process.execPath, ...program, ...OPTIONS, ...options], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (printed[name] += String(chunk)));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ exit: signal ?? code, ...printed })),
  );
  return { child, ended };
};

const train = (place: string, options: readonly string[] = [], shell?: string) =>
  run('train', place, ['--tenant', 'shop', '--models', join(folder, place, 'models'), ...options], shell);

const trainingFolder = (place: string): string => join(folder, place, 'training');
const trainingsOf = async (place: string): Promise<readonly string[]> => readdir(trainingFolder(place)).catch(() => []);

/** Every file of the first version, as text that differs where a byte does. */
const versionOf = async (place: string): Promise<ReadonlyMap<string, string>> => {
  const version = join(folder, place, 'models', 'shop.language', '1');
  const files = (await readdir(version)).sort();
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(version, name), 'base64')] as const)),
  );
};

/** Resolves when the training has a checkpoint and begins to write the next. */
const writesSecondCheckpoint = async (place: string): Promise<string> => {
  await waitUntil(async () => (await trainingsOf(place)).length > 0, { timeoutMs: 60_000, everyMs: 5 });
  const path = join(trainingFolder(place), (await trainingsOf(place))[0] as string);
  const written = Promise.withResolvers<undefined>();
  let isThere = false;
  const watcher = watch(path, (_, name) => {
    if (name === 'last.checkpoint') isThere = true;
    else if (isThere && name === 'last.checkpoint.unfinished') written.resolve(undefined);
  });
  await written.promise;
  watcher.close();
  return path;
};

const goOn = async (place: string): Promise<void> => {
  const { exit, stderr } = await train(place, ['--threads', '1']).ended;
  expect(exit).toBe(0);
  expect(stderr).toMatch(/^Going on with the training that was interrupted in epoch \d, after \d+ steps\.$/m);
  expect(await versionOf(place)).toEqual(unbroken);
  // What is done keeps no checkpoints.
  expect(await trainingsOf(place)).toEqual([]);
};

it('a training that is killed while it writes a checkpoint goes on from the one before, to the same bytes', async () => {
  const { child, ended } = train('killed');
  const path = await writesSecondCheckpoint('killed');
  child.kill('SIGKILL');
  expect(await ended).toMatchObject({ exit: 'SIGKILL', stdout: '' });
  // However far it came with that, it may have been this far.
  const half = (await readFile(join(path, 'last.checkpoint'))).subarray(0, 5_000);
  await writeFile(join(path, 'last.checkpoint.unfinished'), half);
  await goOn('killed');
});

it('a training that Ctrl-C ends says so, and goes on with the same command, to the same bytes', async () => {
  const { child, ended } = train('interrupted');
  await writesSecondCheckpoint('interrupted');
  child.kill('SIGINT');
  const { exit, stdout, stderr } = await ended;
  expect([exit, stdout]).toEqual([130, '']);
  expect(stderr).toMatch(/Interrupted\. The same command goes on from here\.\n$/);
  await goOn('interrupted');
});

it('a checkpoint that has no room on the disk leaves the one before, from which the training goes on', async () => {
  const first = train('full');
  const path = await writesSecondCheckpoint('full');
  first.child.kill('SIGKILL');
  await first.ended;
  const before = await readFile(join(path, 'last.checkpoint'));
  // No file may have more than so many blocks of 512 bytes.
  const { exit, stderr } = await train('full', [], 'ulimit -f 20').ended;
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^the checkpoint .* can't be written .*; the one before it is as it was$/m);
  expect((await readFile(join(path, 'last.checkpoint'))).equals(before)).toBe(true);
  await goOn('full');
});

it('another text, or other settings, are another training', async () => {
  const { child, ended } = train('other');
  const path = await writesSecondCheckpoint('other');
  child.kill('SIGKILL');
  await ended;
  const { exit, stderr } = await train('other', ['--kind', 'lstm']).ended;
  expect(exit).toBe(0);
  expect(stderr).not.toContain('Going on');
  expect((await trainingsOf('other')).map((name) => join(trainingFolder('other'), name))).toEqual([path]);
});

it('a text with the catalog makes nothing but a fusion', async () => {
  const { exit, stderr } = await train('both', ['--catalog', '--kind', 'lstm']).ended;
  expect(exit).toBe(1);
  expect(stderr).toContain('--text and --catalog together make a model of kind fused, not lstm; give one of them');
});

it('two processes do not run one training', async () => {
  const { child, ended } = train('twice');
  await writesSecondCheckpoint('twice');
  // However fast it is, it has not ended yet.
  child.kill('SIGSTOP');
  const second = await train('twice').ended;
  expect(second.exit).toBe(1);
  expect(second.stderr).toContain(`Process ${child.pid} on ${hostname()} runs this training. Wait for it, or stop it.`);
  child.kill('SIGKILL');
  await ended;
});

interface Perplexities {
  readonly validation: number;
  readonly test: number;
}

it('an evaluation goes on after Ctrl-C, and measures what the training of the same text tells on its card', async () => {
  const json = join(folder, 'report.json');
  const { child, ended } = run('evaluate', 'evaluated', ['--json', json]);
  await writesSecondCheckpoint('evaluated');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exit: 130, stdout: '' });

  const { exit, stdout, stderr } = await run('evaluate', 'evaluated', ['--json', json]).ended;
  expect(exit).toBe(0);
  expect(stderr).toContain('Going on with the training that was interrupted');
  expect(await trainingsOf('evaluated')).toEqual([]);
  const report = JSON.parse(await readFile(json, 'utf8')) as {
    readonly nGrams: readonly Perplexities[];
    readonly components: readonly (Perplexities & { readonly name: string })[];
    readonly fusion: Perplexities;
  };
  const { nGrams, components, fusion } = report;
  const metrics = Buffer.from(unbroken.get('metrics.json') ?? '', 'base64').toString();
  const { perplexities } = JSON.parse(metrics) as { readonly perplexities: readonly Perplexities[] };
  expect([...components, { name: 'fusion', ...fusion }]).toMatchObject(perplexities);
  for (const { validation, test } of [...nGrams, ...components, fusion]) {
    expect(stdout).toMatch(new RegExp(` ${validation.toFixed(3)} +${test.toFixed(3)}\n`));
  }
});
