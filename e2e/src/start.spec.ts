import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_TOPIC_NAMING, offerSchema, topicOnBroker, type Offer } from '@offerstream/contracts';
import { canConnect, LOOPBACK, waitUntil } from '@offerstream/infra';
import { createKafka, readAll } from '@offerstream/kafka';
import { LinePlace, ROOT } from './started-line.js';

const README_PORT = ':9400/';
const README_API_PORT = ':9403/';

let place: LinePlace;

beforeEach(async () => {
  place = await LinePlace.choose();
});

afterEach(() => place.leave());

const offersOf = async (brokers: string, subject: string): Promise<readonly Offer[]> => {
  const kafka = createKafka({ brokers: brokers.split(','), clientId: 'e2e', naming: DEFAULT_TOPIC_NAMING });
  const records = await readAll(kafka, topicOnBroker('offers', DEFAULT_TOPIC_NAMING));
  return records
    .filter(({ key }) => key?.toString() === `demo:${subject}`)
    .map(({ value }) => offerSchema.parse(JSON.parse(value?.toString() ?? '')))
    .filter(({ placement }) => placement === 'home');
};

/** The command of the README, up to an empty line, on this line's port. */
const readmeCurl = async (collector: string): Promise<string> => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const found = /^curl .*?(?=\n\n)/ms.exec(readme)?.[0];
  if (found === undefined) throw new Error('The README has no curl.');
  expect(found).toContain(README_PORT);
  return found.replace(README_PORT, `:${new URL(collector).port}/`);
};

/** The README's question to the API, which finds address and key by itself, asked of this line. */
const readmeQuestion = async (): Promise<string> => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const found = /^key=.*?(?=\n\n|\n```)/ms.exec(readme)?.[0];
  if (found === undefined) throw new Error('The README has no question to the API.');
  expect(found).toContain('npm run --silent status -- --json');
  expect(found).toContain(README_API_PORT);
  return found
    .replace('npm run --silent status --', `${process.execPath} ${ROOT}tools/dist/status.js --data ${place.dataDir}`)
    .replace(README_API_PORT, `:${place.ports.gateway}/`);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Ids by the names of what runs. */
const processes = async (): Promise<Readonly<Record<string, number>>> => {
  const state = JSON.parse(await readFile(join(place.dataDir, 'run.json'), 'utf8')) as {
    readonly processes: Readonly<Record<string, number>>;
  };
  return state.processes;
};
const processIds = async (): Promise<readonly number[]> => Object.values(await processes());

const expectNothingLeft = async (pids: readonly number[]): Promise<void> => {
  expect(pids.filter(isAlive)).toEqual([]);
  const open = await Promise.all(Object.values(place.ports).map((port) => canConnect(LOOPBACK, port, 500)));
  expect(open).not.toContain(true);
  await expect(access(join(place.dataDir, 'run.json'))).rejects.toThrow();
  await expect(access(join(place.dataDir, 'lock'))).rejects.toThrow();
};

it("answers the README's event with an offer, stops without leaving anything, and goes on where it stopped", async () => {
  const first = place.start();
  const status = await place.untilReady(first);
  expect(status).toMatchObject({
    addresses: {
      collector: `http://127.0.0.1:${place.ports.collector}`,
      kafka: expect.stringMatching(/^\S+:\d+$/) as string,
    },
    demo: { writeKey: 'demo-write-key' },
  });
  expect(status.demo.items.length).toBeGreaterThan(0);

  const curl = await readmeCurl(status.addresses.collector);
  let offers: readonly Offer[] = [];
  const isOfferedPersonally = async (): Promise<boolean> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
    expect(JSON.parse(stdout)).toEqual({ success: true });
    const before = offers.length;
    const isAnswered = async (): Promise<boolean> => {
      offers = await offersOf(status.addresses.kafka, 'anna');
      return offers.length > before;
    };
    expect(await waitUntil(isAnswered, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
    return offers.at(-1)?.items.every(({ strategy }) => strategy === 'personal') ?? false;
  };
  // On a busy machine, inference may miss its deadline; the next event heals it.
  expect(await waitUntil(isOfferedPersonally, { timeoutMs: 120_000, everyMs: 500 })).toBe(true);
  const newest = offers.at(-1);
  expect(newest).toMatchObject({
    tenant: 'demo',
    subject: 'anna',
    placement: 'home',
    model: { name: 'demo.behaviour' },
  });
  expect(newest?.items).toHaveLength(20);

  const { stdout: answer } = await promisify(execFile)('sh', ['-c', await readmeQuestion()]);
  expect(JSON.parse(answer)).toEqual(newest);

  const second = place.start();
  expect(await second.exited).toEqual([1, null]);
  expect(second.stderr).toMatch(
    new RegExp(`^The data folder ${place.dataDir} is in use by process ${first.child.pid ?? 0} .*--data DIR.*\\n$`),
  );
  expect(second.stdout).toBe('');

  const shoppersAct = async (): Promise<boolean> => (await place.status()).counts.events.applied > 100;
  expect(await waitUntil(shoppersAct, { timeoutMs: 60_000, everyMs: 1_000 })).toBe(true);
  // The shop comes to sell something new, once it has learned what its items are like.
  const isNewOffered = (): boolean => /new items [1-9]\d* of \d+ offered/.test(first.stdout);
  expect(await waitUntil(isNewOffered, { timeoutMs: 400_000, everyMs: 1_000 })).toBe(true);
  const before = (await place.status()).counts;
  // What the line is ready without comes last.
  const last = ['assortment', 'trainer'];
  const isWhole = async (): Promise<boolean> => {
    const running = await processes();
    return last.every((name) => running[name] !== undefined);
  };
  expect(await waitUntil(isWhole, { timeoutMs: 60_000, everyMs: 500 })).toBe(true);
  const services = ['collector', 'control', 'gateway', 'inference', 'personalizer', 'shoppers'];
  expect(Object.keys(await processes()).sort()).toEqual([...services, ...last].sort());
  const pids = await processIds();
  first.child.kill('SIGINT');
  expect(await first.exited).toEqual([0, null]);
  await expectNothingLeft(pids);
  expect((await place.status()).ready).toBe(false);

  const again = place.start('--no-shoppers');
  const after = (await place.untilReady(again)).counts;
  expect(after.events.applied).toBeGreaterThanOrEqual(before.events.applied);
  expect(after.offers).toBeGreaterThanOrEqual(before.offers);
  expect(await waitUntil(async () => (await place.status()).counts.lag === 0, { timeoutMs: 60_000 })).toBe(true);
  expect((await offersOf(status.addresses.kafka, 'anna')).slice(0, offers.length)).toEqual(offers);
  // The key that was given before opens the same shop, and the shopper's offer is still there.
  const { stdout: answerAgain } = await promisify(execFile)('sh', ['-c', await readmeQuestion()]);
  expect(JSON.parse(answerAgain)).toEqual(newest);
  const pidsAgain = await processIds();
  again.child.kill('SIGTERM');
  expect(await again.exited).toEqual([0, null]);
  await expectNothingLeft(pidsAgain);
}, 1_200_000);

it('names a port that is taken, and starts nothing', async () => {
  const taken = createServer().listen(place.ports.inference, LOOPBACK);
  await once(taken, 'listening');
  const line = place.start();
  expect(await line.exited).toEqual([1, null]);
  taken.close();
  expect(line.stderr).toBe(
    `Port ${place.ports.inference}, meant for the inference, is taken by another program. Choose other ports with --port-base N, or end that program.\n`,
  );
  expect(line.stdout).toBe('');
  await expectNothingLeft([]);
});

it('stops in order when whoever reads its lines has gone', async () => {
  const line = place.start('--no-shoppers');
  await place.untilReady(line);
  const pids = await processIds();
  line.child.stdout.destroy();
  expect(await line.exited).toEqual([0, null]);
  await expectNothingLeft(pids);
}, 600_000);
