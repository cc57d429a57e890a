import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { dockerAnswers, haveImage, KAFKA_IMAGE, whenThisProcessIsGone, type Log } from '@offerstream/infra';
import pg from 'pg';
import {
  DATABASE_VARIABLE,
  FOLDER_VARIABLE,
  KAFKA_VARIABLE,
  PARTS_URL_VARIABLE,
  VALKEY_VARIABLE,
  type OwnKafka,
  type OwnPart,
  type OwnValkey,
  type PartsAnswers,
  type PartsRequest,
} from './parts.js';
import { startTestKafka } from './real-kafka.js';
import { POSTGRES_IMAGE, startTestPostgres, type TestPostgres } from './real-postgres.js';
import { startTestValkey, startTestValkeyCluster, VALKEY_IMAGE } from './real-valkey.js';
import type { Surroundings } from './surroundings.js';

export interface PartsServer {
  /** What test processes have to have in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts the parts that nearly every run needs, before the first test has to wait for them. */
  warmUp(): Promise<void>;
  /** Ends every part that was asked for. */
  stop(): Promise<void>;
}

/**
 * Owns the real parts of a test run: starts each when the first test asks for it and ends all of them with the run,
 * also when that is killed. It lives in the process that starts Jest's workers.
 */
export const startPartsServer = async (log: Log): Promise<PartsServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'offerstream-test-'));
  // PostgreSQL runs as another user when the tests run as root.
  await chmod(folder, 0o755);
  const forgetFolder = whenThisProcessIsGone({ kind: 'folder', path: folder });
  const surroundingsOf = async (parts: string, images: readonly string[]): Promise<Surroundings> => {
    const docker = await dockerServes(images, log);
    log(`${parts} for tests: ${docker.ok ? 'containers' : `embedded, because ${docker.reason}`}`);
    return { docker: docker.ok, log, folder: (name) => mkdtemp(join(folder, `${name}-`)).then(openToOthers) };
  };
  const surroundings = once(() => surroundingsOf('real parts', [KAFKA_IMAGE, POSTGRES_IMAGE]));
  // By itself: few tests need it, and the others don't want to do without containers because its image is missing.
  const valkeySurroundings = once(() => surroundingsOf('Valkey', [VALKEY_IMAGE]));
  const kafka = once(async (): Promise<Pick<OwnKafka, 'brokers' | 'stop'>> => {
    const brokers = process.env[KAFKA_VARIABLE]?.split(',');
    return brokers === undefined ? startTestKafka(await surroundings.get()) : { brokers, stop: leftAlone };
  });
  const postgres = once(async (): Promise<TestPostgres> => {
    const url = process.env[DATABASE_VARIABLE];
    return url === undefined ? startTestPostgres(await surroundings.get()) : { url, stop: leftAlone };
  });
  const valkey = once(async (): Promise<Pick<OwnValkey, 'url' | 'stop'>> => {
    const url = process.env[VALKEY_VARIABLE];
    return url === undefined ? startTestValkey(await valkeySurroundings.get()) : { url, stop: leftAlone };
  });
  const ownParts = new Map<string, OwnPart>();
  const own = async <Part extends OwnPart>(started: Promise<Part>): Promise<Part & { readonly id: string }> => {
    const part = await started;
    const id = randomUUID();
    ownParts.set(id, part);
    return { ...part, id };
  };
  const owned = (id: string | undefined): OwnPart => {
    const part = ownParts.get(id ?? '');
    if (part === undefined) throw new Error(`There is no part ${id ?? ''}; it may have been stopped already.`);
    return part;
  };

  const answers: { readonly [Path in PartsRequest]: (id?: string) => Promise<PartsAnswers[Path]> } = {
    '/kafka': async () => ({ brokers: (await kafka.get()).brokers }),
    '/postgres': async () => ({ url: (await postgres.get()).url }),
    '/database': async () => ({ url: await createDatabase((await postgres.get()).url) }),
    '/valkey': async () => ({ url: (await valkey.get()).url }),
    '/own-kafka': async () => {
      const { id, brokers } = await own(startTestKafka(await surroundings.get()));
      return { id, brokers };
    },
    '/own-valkey': async () => {
      const { id, url } = await own(startTestValkey(await valkeySurroundings.get()));
      return { id, url };
    },
    '/own-valkey-cluster': async () => {
      const { id, url } = await own(startTestValkeyCluster(await valkeySurroundings.get()));
      return { id, url };
    },
    '/own/kill': (id) => owned(id).kill().then(nothing),
    '/own/restart': (id) => owned(id).restart().then(nothing),
    '/own/stop': async (id) => {
      const part = owned(id);
      ownParts.delete(id ?? '');
      await part.stop();
      return {};
    },
  };

  const server = createServer((request, response) => {
    const answer = async () => {
      const path = request.url ?? '';
      if (!(path in answers)) throw new Error(`The parts server knows no ${path}.`);
      const { id } = JSON.parse(await text(request)) as { id?: string };
      return answers[path as PartsRequest](id);
    };
    answer().then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  // Starting a broker on a busy machine may take longer than Node waits for a request by default.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');

  return {
    env: { [PARTS_URL_VARIABLE]: `http://127.0.0.1:${address.port}`, [FOLDER_VARIABLE]: folder },
    warmUp: async () => {
      await Promise.all([kafka.get(), postgres.get()]);
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      const started = [kafka.started(), postgres.started(), valkey.started(), ...ownParts.values()];
      await Promise.all(started.map(async (part) => (await part)?.stop()));
      await rm(folder, { recursive: true, force: true });
      forgetFolder();
    },
  };
};

/** An engine that answers is of no use without the images. */
const dockerServes = async (images: readonly string[], log: Log): ReturnType<typeof haveImage> => {
  const engine = await dockerAnswers(process.env);
  if (!engine.ok) return engine;
  for (const image of images) {
    const found = await haveImage(image, process.env, log);
    if (!found.ok) return found;
  }
  return engine;
};

const leftAlone = () => Promise.resolve();

const nothing = () => ({});

const openToOthers = async (folder: string): Promise<string> => {
  await chmod(folder, 0o755);
  return folder;
};

const createDatabase = async (serverUrl: string): Promise<string> => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

interface Once<Value> {
  get(): Promise<Value>;
  /** What was asked for and came about; undefined when nobody asked or it failed. */
  started(): Promise<Value | undefined>;
}

const once = <Value>(make: () => Promise<Value>): Once<Value> => {
  let made: Promise<Value> | undefined;
  return {
    get: () => (made ??= make()),
    started: async () => made?.catch(() => undefined),
  };
};
