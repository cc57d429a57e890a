import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, LocalRunError } from './errors.js';
import { dockerAnswers, dockerKafka, haveImage, removeVolume } from './kafka-docker.js';
import { KAFKA_IMAGE } from './kafka-settings.js';
import { findJava, javaKafka } from './kafka-java.js';
import { canConnect, freePort, parseAddress, requireFreePort } from './network.js';
import type { KafkaOrigin, KafkaSource, RunningKafka } from './running-kafka.js';
import type { Environment, Log } from './surroundings.js';

export interface KafkaOptions {
  /** Belongs to this Kafka alone together with what else the caller keeps there; the broker's data outlives the process. */
  readonly dataDir: string;
  /** 0 chooses a free one. */
  readonly port: number;
  /** Used by the Java way only, on loopback; 0, the default, chooses a free one. */
  readonly controllerPort?: number;
  readonly log: Log;
  readonly env?: Environment;
  /** Look no further than these ways; used by tests. */
  readonly sources?: readonly KafkaSource[];
}

const THREE_WAYS = `No Kafka to be had. One of these three will do:
  1. KAFKA_BROKERS=host:port,... in the environment: a Kafka that runs already.
  2. A Docker engine that answers to this user ("docker version").
  3. Java 17 or newer with Maven ("java -version", "mvn -version").`;

/**
 * A real Kafka: the one that `KAFKA_BROKERS` names, otherwise in Docker, otherwise on Java. A data folder that holds a
 * Kafka's data already stays with the way that made it.
 *
 * @throws LocalRunError with one message for a person, nothing left running.
 */
export const startKafka = async (options: KafkaOptions): Promise<RunningKafka> => {
  const env = options.env ?? process.env;
  const sources = options.sources ?? ['external', 'docker', 'java'];
  const external = (env['KAFKA_BROKERS'] ?? '').trim();
  if (external !== '' && sources.includes('external')) return externalKafka(external.split(','));

  const origin = await readOrigin(options.dataDir);
  const port = options.port === 0 ? await freePort() : options.port;
  if (options.port !== 0) await requireFreePort(port, 'Kafka');
  const reasons: string[] = [];

  if (origin?.source !== 'java' && sources.includes('docker')) {
    const engine = await dockerAnswers(env);
    const image = engine.ok ? await haveImage(KAFKA_IMAGE, env, options.log) : engine;
    if (image.ok) {
      const suffix = randomBytes(6).toString('hex');
      const chosen =
        origin ??
        (await writeOrigin(options.dataDir, {
          source: 'docker',
          clusterId: newClusterId(),
          volume: `offerstream-kafka-${suffix}`,
        }));
      return dockerKafka({ dataDir: options.dataDir, port, origin: chosen, env, log: options.log });
    }
    reasons.push(image.reason);
    if (origin?.source === 'docker') {
      throw new LocalRunError(
        'kafka-data-elsewhere',
        `The Kafka data of ${options.dataDir} lies in the Docker volume ${origin.volume}, and ${image.reason}. ` +
          'Make Docker work again, or start on another folder with --data DIR.',
      );
    }
    options.log(`${image.reason}; trying Java`);
  }

  if (sources.includes('java')) {
    const java = await findJava(env);
    if (java.ok) {
      if (options.controllerPort !== undefined && options.controllerPort !== 0) {
        await requireFreePort(options.controllerPort, "Kafka's controller");
      }
      const chosen = origin ?? (await writeOrigin(options.dataDir, { source: 'java', clusterId: newClusterId() }));
      return javaKafka({
        dataDir: options.dataDir,
        port,
        controllerPort: options.controllerPort ?? 0,
        clusterId: chosen.clusterId,
        java: java.command,
        env,
        log: options.log,
      });
    }
    reasons.push(java.reason);
  }
  throw new LocalRunError('kafka-not-found', [THREE_WAYS, ...reasons.map((reason) => `Seen: ${reason}.`)].join('\n'));
};

const externalKafka = async (addresses: readonly string[]): Promise<RunningKafka> => {
  const brokers = addresses.map((address) => address.trim()).filter((address) => address !== '');
  for (const broker of brokers) {
    const address = parseAddress(broker);
    if (address !== undefined && (await canConnect(address.host, address.port, 5_000))) {
      return {
        brokers,
        source: 'external',
        ended: () => new Promise(() => undefined),
        stop: () => Promise.resolve(),
        kill: () => Promise.reject(notOurs()),
        restart: () => Promise.reject(notOurs()),
      };
    }
  }
  throw new LocalRunError(
    'kafka-unreachable',
    `KAFKA_BROKERS is "${brokers.join(',')}", and nothing answers there. Start that Kafka, mend the variable (host:port,...), ` +
      'or unset it to have a local Kafka started.',
  );
};

const notOurs = () =>
  new LocalRunError('not-started-here', 'This Kafka was given by KAFKA_BROKERS and is not ours to end or start.');

/** 16 random bytes in base64url, as Kafka writes its ids. One that begins with a dash reads like an option. */
const newClusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
};

/** Deletes the data of a Kafka that has been stopped, which for Docker lies outside the data folder. */
export const deleteKafkaData = async (dataDir: string, env: Environment = process.env): Promise<void> => {
  const origin = await readOrigin(dataDir);
  if (origin?.source === 'docker') await removeVolume(env, origin.volume);
  await rm(join(dataDir, 'kafka'), { recursive: true, force: true });
};

const originFile = (dataDir: string) => join(dataDir, 'kafka', 'origin.json');

const readOrigin = async (dataDir: string): Promise<KafkaOrigin | undefined> => {
  try {
    return JSON.parse(await readFile(originFile(dataDir), 'utf8')) as KafkaOrigin;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

const writeOrigin = async <Origin extends KafkaOrigin>(dataDir: string, origin: Origin): Promise<Origin> => {
  await mkdir(join(dataDir, 'kafka'), { recursive: true });
  await writeFile(originFile(dataDir), `${JSON.stringify(origin)}\n`);
  return origin;
};
