import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './waiting.js';

const INFRA = fileURLToPath(new URL('../', import.meta.url));

let root: string;
const started: { readonly child: ChildProcess; readonly exited: Promise<unknown> }[] = [];

const put = async (file: string, content: string) => {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content);
};
const json = (value: unknown) => JSON.stringify(value);

/** A checkout with the real bootstrap, and in place of npm, the compiler and the programs some that write a diary. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'offer stream '));
  for (const file of ['bootstrap.mjs', 'folder-lock.mjs', 'exit-with-parent.mjs']) {
    await cp(join(INFRA, file), join(root, 'infra', file));
  }
  await put('package.json', json({ type: 'module' }));
  await lock('1.0.0');
  await put(
    'npm.js',
    `${NOTE}note('npm ' + process.argv[2]); const end = () => existsSync('hold') ? setTimeout(end, 20) : copyFileSync('package-lock.json', 'node_modules/.package-lock.json'); end();`,
  );
  await put('node_modules/typescript/package.json', json({ type: 'module' }));
  await put(
    'node_modules/typescript/bin/tsc',
    `${NOTE}note('tsc'); writeFileSync('tools/dist/tsconfig.build.tsbuildinfo', '');`,
  );
  await put('tsconfig.json', json({ references: [{ path: 'tools/tsconfig.build.json' }] }));
  for (const file of ['tsconfig.base.json', 'tools/tsconfig.build.json', 'tools/package.json', 'tools/src/a.ts']) {
    await put(file, '{"type":"module"}');
  }
  await put('tools/dist/echo.js', 'process.stdout.write(process.argv.slice(2).join("|")); process.exitCode = 7;');
  await put(
    'tools/dist/wait.js',
    `${NOTE}for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { note(signal); setTimeout(() => process.exit(5), 500); });
     setInterval(() => undefined, 1000); note('waits');`,
  );
});

const NOTE = `import { appendFileSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
const note = (what) => appendFileSync(process.env.ROOT + '/diary', what + '\\n');
`;

afterEach(async () => {
  for (const { child, exited } of started.splice(0)) {
    child.kill('SIGTERM');
    await exited;
  }
  await rm(root, { recursive: true, force: true });
});

const lock = (version: string) =>
  put(
    'package-lock.json',
    json({ packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true } } }),
  );
const diary = async () => (await readFile(join(root, 'diary'), 'utf8').catch(() => '')).trim().split('\n');

const bootstrap = (...args: readonly string[]) => {
  const child = spawn(process.execPath, [join(root, 'infra', 'bootstrap.mjs'), ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ROOT: root, npm_execpath: join(root, 'npm.js') },
  });
  const output = {
    child,
    stdout: '',
    stderr: '',
    exited: once(child, 'close') as Promise<[number | null, string | null]>,
  };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  started.push(output);
  return output;
};

it('installs and builds once, then runs the program with its arguments, output and exit code', async () => {
  const first = bootstrap('echo', 'a b', '--c');
  expect(await first.exited).toEqual([7, null]);
  expect(first.stdout).toBe('a b|--c');
  expect(first.stderr).toMatch(/npm ci\): \d+\.\d s\n[^]*tsc -b\): \d+\.\d s\n/);
  const second = bootstrap('echo');
  expect(await second.exited).toEqual([7, null]);
  expect(second.stderr).toBe('');
  expect(await diary()).toEqual(['npm ci', 'tsc']);
});

it('installs again when the lock file has changed, and builds again when a source has', async () => {
  await bootstrap('echo').exited;
  await lock('1.0.1');
  await bootstrap('echo').exited;
  await put('tools/src/a.ts', '// changed');
  await bootstrap('echo').exited;
  await put('tools/src/a.spec.ts', '// no part of the build');
  await bootstrap('echo').exited;
  expect(await diary()).toEqual(['npm ci', 'tsc', 'npm ci', 'tsc', 'tsc']);
});

it('installs once when two start at the same time', async () => {
  await put('hold', '');
  const [one, other] = [bootstrap('echo'), bootstrap('echo')];
  const isWaitedFor = () => /waiting for process \d+/.test(one.stderr + other.stderr);
  expect(await waitUntil(isWaitedFor, { timeoutMs: 60_000 })).toBe(true);
  await rm(join(root, 'hold'));
  expect([await one.exited, await other.exited]).toEqual([
    [7, null],
    [7, null],
  ]);
  expect(await diary()).toEqual(['npm ci', 'tsc']);
});

it('names the commands that there are', async () => {
  const unknown = bootstrap('ehco');
  expect(await unknown.exited).toEqual([1, null]);
  expect(unknown.stderr).toContain(
    'There is no command "ehco". There are: bench, build, echo, test, test:compose, wait.',
  );
});

const waiting = async () => {
  const running = bootstrap('wait');
  expect(await waitUntil(async () => (await diary()).includes('waits'), { timeoutMs: 60_000 })).toBe(true);
  return running;
};

it('hands a Ctrl-C on once that reaches it twice', async () => {
  const running = await waiting();
  running.child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 100));
  running.child.kill('SIGINT');
  expect(await running.exited).toEqual([5, null]);
  expect((await diary()).slice(-2)).toEqual(['waits', 'SIGINT']);
});

it('has the program stop when it is killed itself', async () => {
  const running = await waiting();
  running.child.kill('SIGKILL');
  expect(await waitUntil(async () => (await diary()).includes('SIGTERM'), { timeoutMs: 60_000 })).toBe(true);
  await running.exited;
});
