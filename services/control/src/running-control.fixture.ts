import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { topicOnBroker, type TopicName, type TopicNaming } from '@offerstream/contracts';
import { createKafka, followTable, readAll, type RawRecord } from '@offerstream/kafka';
import { FaultPoints, Health } from '@offerstream/service-kit';
import { freshDatabase, kafkaBrokers, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import type { Clock } from './chance-and-time.js';
import { readConfig } from './config.js';
import { createControl } from './control.module.js';

export interface ControlPlace {
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly naming: TopicNaming;
  readonly dataFolder: string;
}

/** Where nothing is yet: an empty database, no topics, an empty folder. */
export const freshPlace = async (given: Partial<ControlPlace> = {}): Promise<ControlPlace> => ({
  databaseUrl: given.databaseUrl ?? (await freshDatabase()),
  brokers: given.brokers ?? (await kafkaBrokers()),
  naming: given.naming ?? uniqueTopicNaming(),
  dataFolder: given.dataFolder ?? (await tempFolder()),
});

const environmentOf = ({ databaseUrl, brokers, naming, dataFolder }: ControlPlace) => ({
  ADMIN_PORT: '0',
  CONTROL_PORT: '0',
  CONTROL_DATA: dataFolder,
  DATABASE_URL: databaseUrl,
  KAFKA_BROKERS: brokers.join(','),
  TOPIC_PREFIX: naming.prefix,
  TOPIC_SUFFIX: naming.suffix,
});

export interface RunningControl {
  readonly url: string;
  readonly token: string;
  readonly health: Health;
  readonly metrics: Registry;
  /** All that it wrote to its log, as text. */
  readonly logged: readonly string[];
  /** A request with the admin token. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A request of somebody else; a request without a token when it is undefined. */
  callAs(
    token: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The service in this process, from its sources. */
export const startControl = async (
  place: ControlPlace,
  environment: Readonly<Record<string, string>> = {},
  clock?: Clock,
): Promise<RunningControl> => {
  const health = new Health();
  const metrics = new Registry();
  const stopping = new AbortController();
  let url = '';
  const logged: string[] = [];
  const log = (message: unknown, ...more: readonly unknown[]) => {
    logged.push([message, ...more].map(String).join(' '));
    url = /answers on (\S+)/.exec(String(message))?.[1] ?? url;
  };
  const logger = { log, warn: log, error: log };
  const application = await createControl(
    readConfig({ ...environmentOf(place), ...environment }),
    {
      logger,
      metrics,
      health,
      faults: new FaultPoints(''),
      stopping: stopping.signal,
    },
    clock,
  );
  await application.listen();
  const token = (await readFile(join(place.dataFolder, 'admin-token'), 'utf8')).trim();
  return {
    url,
    token,
    health,
    metrics,
    logged,
    call: (method, path, body) => callControl({ url, token }, method, path, body),
    callAs: (as, method, path, body, headers) => callControl({ url, token: as }, method, path, body, headers),
    close: () => {
      stopping.abort();
      return application.close();
    },
  };
};

/** The service in this process, once it is ready. */
export const startReadyControl = async (...started: Parameters<typeof startControl>): Promise<RunningControl> => {
  const control = await startControl(...started);
  await until(() => control.health.ready().ok);
  return control;
};

export const callControl = async (
  { url, token }: { readonly url: string; readonly token: string | undefined },
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const type =
    body instanceof Uint8Array ? 'image/png' : typeof body === 'string' ? 'application/x-ndjson' : 'application/json';
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined
      ? {}
      : { body: type === 'application/json' ? JSON.stringify(body) : (body as string | Uint8Array<ArrayBuffer>) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
};

export interface ControlProcess {
  readonly url: string;
  readonly token: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Resolves with the signal that ended it, or its exit code. */
  readonly ended: Promise<string | number>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<string | number>;
  /** All lines that it wrote, with all levels of its log. */
  log(): readonly string[];
}

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The service as built, in a process of its own that can die. */
export const startControlProcess = async (
  place: ControlPlace,
  faults = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<ControlProcess> => {
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], FAULTS: faults, LOG_LEVEL: 'debug', ...environmentOf(place), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as string | number);
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) throw new Error('The process has no output.');
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const found = /answers on (http:[^"\s]+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then((end) => reject(new Error(`control ended with ${end}:\n${lines.join('\n')}`)));
  });
  const token = (await readFile(join(place.dataFolder, 'admin-token'), 'utf8')).trim();
  return {
    url,
    token,
    call: (method, path, body) => callControl({ url, token }, method, path, body),
    ended,
    log: () => lines,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
};

const kafkaOf = ({ brokers, naming }: ControlPlace) => createKafka({ brokers, naming, clientId: 'test' });

/** Everything that a topic has now, in the order of its partitions. */
export const recordsOf = (place: ControlPlace, topic: TopicName): Promise<readonly RawRecord[]> =>
  readAll(kafkaOf(place), topicOnBroker(topic, place.naming));

/** A compacted topic as its readers see it, until `done` says that it is as expected. */
export const tableOnceIt = async (
  place: ControlPlace,
  topic: TopicName,
  done: (table: ReadonlyMap<string, unknown>) => boolean,
): Promise<ReadonlyMap<string, unknown>> => {
  const table = new Map<string, unknown>();
  const reached = Promise.withResolvers<undefined>();
  const followed = followTable(kafkaOf(place), topicOnBroker(topic, place.naming), {
    onRecord: (key, value) => {
      if (value === null) table.delete(key);
      else table.set(key, JSON.parse(value.toString()));
      if (done(table)) reached.resolve(undefined);
    },
  });
  try {
    await Promise.race([reached.promise, followed.failed]);
  } finally {
    await followed.close();
  }
  return table;
};

/** A part that starts in the middle of a test may need a while on a busy machine. */
export const TEST_TIMEOUT_MS = 240_000;
const PATIENCE_MS = 90_000;

/** Asks again until the answer is yes; an answer that never comes is an error instead of a silent wait. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`This never became true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
