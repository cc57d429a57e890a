import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '@offerstream/http-api';
import type { TenantId } from '@offerstream/contracts';
import { tempFolder } from '@offerstream/testing';
import type { ServingVersion } from '../models/model-folder.js';
import { ThreadPool } from './thread-pool.js';

interface Echo {
  readonly kind: 'echo';
  readonly model: ServingVersion;
  readonly text: string;
}

/** Echoes texts, but for those that say what else it is to do. */
const OBEDIENT = `
  import { parentPort } from 'node:worker_threads';
  let teller;
  parentPort.on('message', ({ kind, id, task }) => {
    if (kind === 'drop') {
      parentPort.postMessage({ kind: 'done', id: teller, result: 'dropped ' + id });
      parentPort.postMessage({ kind: 'dropped', id });
    } else if (task.text === 'die') process.exit(3);
    else if (task.text === 'tell who is dropped') teller = id;
    else if (task.text === 'bug') parentPort.postMessage({ kind: 'failed', id, reason: 'TypeError: planted' });
    else if (task.text === 'damaged') parentPort.postMessage({ kind: 'unusable', id, reason: 'It is damaged.' });
    else if (task.text !== 'wait') parentPort.postMessage({ kind: 'done', id, result: task.text });
  });
`;

let program: URL;
let pool: ThreadPool<Echo, { readonly echo: string }>;
let lost: Error[];
let unusable: string[][];
let failed: string[];
beforeAll(async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'worker.mjs'), OBEDIENT);
  program = pathToFileURL(join(folder, 'worker.mjs'));
});
beforeEach(() => {
  lost = [];
  unusable = [];
  failed = [];
  pool = new ThreadPool({
    inferenceAddress: '127.0.0.1:1',
    workers: 1,
    maxQueued: 2,
    program,
    modelOf: (asked) => asked.model,
    problems: {
      busy: { status: 429, code: 'busy', reason: '', fix: '' },
      failed: { status: 503, code: 'failed', reason: '', fix: '' },
    },
    onWorkerLost: (reason) => lost.push(reason),
    onUnusable: ({ name, version }, reason) => unusable.push([name, version, reason]),
    onFailed: ({ text }, reason) => failed.push(`${text}: ${reason}`),
  });
});
afterEach(() => pool.close());

const SHOP = 'shop' as TenantId;
const model = { name: 'demo.language', version: '1', folder: '', createdMs: 0 };
const task = (text: string): Echo => ({ kind: 'echo', model, text });
const outcome = (work: Promise<unknown>) => work.catch((error: unknown) => error);

it('a thread that dies is replaced by the next request’s, and who waits for it is told so', async () => {
  expect(await pool.ask(SHOP, task('first'))).toBe('first');
  const waiting = outcome(pool.ask(SHOP, task('wait')));
  const dying = outcome(pool.ask(SHOP, task('die')));
  for (const refused of [await waiting, await dying])
    expect(refused).toMatchObject({ details: { status: 503, code: 'failed' } });
  expect(lost).toHaveLength(1);
  expect(await pool.ask(SHOP, task('second'))).toBe('second');
});

it('so many wait for a thread, and one more is refused at once', async () => {
  const leaving = new AbortController();
  const { signal } = leaving;
  const busy = Array.from({ length: 4 }, () => outcome(pool.ask(SHOP, task('wait'), { signal })));
  const queued = [outcome(pool.ask(SHOP, task('one'))), outcome(pool.ask(SHOP, task('two')))];
  expect(await outcome(pool.ask(SHOP, task('three')))).toMatchObject({ details: { status: 429, code: 'busy' } });
  expect(pool.waiting).toBe(2);
  leaving.abort(new Error('gone'));
  for (const each of busy) expect(await each).toMatchObject({ message: 'gone' });
  expect(await Promise.all(queued)).toEqual(['one', 'two']);
});

it('a tenant that fills the queue keeps no other out, and waits for its turn', async () => {
  const leaving = new AbortController();
  const { signal } = leaving;
  const busy = Array.from({ length: 4 }, () => outcome(pool.ask(SHOP, task('wait'), { signal })));
  const order: unknown[] = [];
  const ask = (tenant: TenantId, text: string) =>
    outcome(pool.ask(tenant, task(text)).then((answer) => (order.push(answer), answer)));
  const first = ask(SHOP, 'one');
  const second = ask(SHOP, 'two');
  const other = ask('other' as TenantId, 'of another');
  expect(await second).toMatchObject({ details: { code: 'busy' } });
  leaving.abort(new Error('gone'));
  await Promise.all([...busy, first, other]);
  expect(order).toEqual(['one', 'of another']);
});

it('a thread is told whom nobody waits for any more', async () => {
  const told = pool.ask(SHOP, task('tell who is dropped'));
  const leaving = new AbortController();
  const dropped = outcome(pool.ask(SHOP, task('wait'), { signal: leaving.signal }));
  leaving.abort(new Error('gone'));
  expect(await told).toBe('dropped 2');
  expect(await dropped).toMatchObject({ message: 'gone' });
});

it('who goes away before it is their turn is not worked for', async () => {
  const busy = Array.from({ length: 4 }, () => outcome(pool.ask(SHOP, task('wait'))));
  const leaving = new AbortController();
  const queued = outcome(pool.ask(SHOP, task('die'), { signal: leaving.signal }));
  leaving.abort(new Error('gone'));
  expect(await queued).toMatchObject({ message: 'gone' });
  await pool.close();
  await Promise.all(busy);
  expect(lost).toEqual([]);
});

it('the place of who goes away is free when the thread has ended their work', async () => {
  const leaving = new AbortController();
  const busy = Array.from({ length: 4 }, () => outcome(pool.ask(SHOP, task('wait'), { signal: leaving.signal })));
  leaving.abort(new Error('gone'));
  await Promise.all(busy);
  const next = pool.ask(SHOP, task('next'));
  expect(pool.waiting).toBe(1);
  expect(await next).toBe('next');
});

it('a model that is none is told to the operator, and that it is so to who asked', async () => {
  expect(await outcome(pool.ask(SHOP, task('damaged')))).toMatchObject({
    details: { status: 503, code: 'model-unusable' },
  });
  expect(unusable).toEqual([['demo.language', '1', 'It is damaged.']]);
});

it('a bug in a thread is told to the operator, and no more of it than that it is one to who asked', async () => {
  const error = await outcome(pool.ask(SHOP, task('bug')));
  expect(error).toBeInstanceOf(Problem);
  expect((error as Problem).details).toMatchObject({ status: 500, code: 'internal' });
  expect(JSON.stringify((error as Problem).details)).not.toContain('planted');
  expect(failed).toEqual(['bug: TypeError: planted']);
  expect(await pool.ask(SHOP, task('next'))).toBe('next');
});
