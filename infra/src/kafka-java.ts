import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, startChild, type Child } from './child.js';
import { LocalRunError } from './errors.js';
import { brokerSettings, KAFKA_HEAP, KAFKA_JVM_FLAGS, KAFKA_VERSION } from './kafka-settings.js';
import { kafkaAnswers } from './kafka-probe.js';
import { freePort, LOOPBACK } from './network.js';
import type { RunningKafka } from './running-kafka.js';
import { runCommand, type Environment, type Found, type Log } from './surroundings.js';
import { waitUntil } from './waiting.js';

const OLDEST_JAVA = 17;
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;

const HERE = fileURLToPath(new URL('../kafka/', import.meta.url));
const JARS = fileURLToPath(new URL(`../../.offerstream/kafka-${KAFKA_VERSION}/`, import.meta.url));

/** A Java that is new enough, and the means to get Kafka's jars where they are not there yet. */
export const findJava = async (env: Environment): Promise<Found<{ readonly command: string }>> => {
  const home = env['JAVA_HOME'];
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const java = await runCommand(command, ['-version'], { env, timeoutMs: 20_000 });
  if (!java.ok) return { ok: false, reason: `there is no Java ("${command} -version" fails)` };
  const version = /version "(?:1\.)?(\d+)/.exec(java.stderr)?.[1];
  if (version === undefined || Number(version) < OLDEST_JAVA) {
    return {
      ok: false,
      reason: `Java is ${version ?? 'of an unknown version'}, and Kafka needs ${OLDEST_JAVA} or newer`,
    };
  }
  if (!(await haveJars()) && !(await runCommand('mvn', ['-version'], { env, timeoutMs: 30_000 })).ok) {
    return { ok: false, reason: `there is Java ${version}, but no Maven ("mvn -version" fails)` };
  }
  return { ok: true, command };
};

export interface JavaKafkaOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly clusterId: string;
  readonly java: string;
  readonly env: Environment;
  readonly log: Log;
}

/** Kafka in KRaft combined mode, as a process of its own on the pinned jars. */
export const javaKafka = async (options: JavaKafkaOptions): Promise<RunningKafka> => {
  const { env, java, port } = options;
  await fetchJars(env, options.log);
  const folder = join(options.dataDir, 'kafka');
  const properties = join(folder, 'server.properties');
  const logFile = join(options.dataDir, 'logs', 'kafka.log');
  const controllerPort = options.controllerPort === 0 ? await freePort() : options.controllerPort;
  await mkdir(folder, { recursive: true });
  await writeFile(
    properties,
    asProperties(
      brokerSettings({
        ...{ host: LOOPBACK, port, controllerPort, advertisedHost: LOOPBACK, advertisedPort: port },
        logDir: join(folder, 'data'),
      }),
    ),
  );
  const jvm = [`-Dlog4j2.configurationFile=${join(HERE, 'log4j2.yaml')}`, '-cp', join(JARS, '*')];
  const format = await runCommand(
    java,
    [...jvm, 'kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', options.clusterId, '-c', properties],
    { env, timeoutMs: 60_000 },
  );
  if (!format.ok) {
    throw new LocalRunError(
      'part-not-ready',
      `Kafka could not prepare its data under ${folder}: ${format.stdout}\n${format.stderr}`,
    );
  }

  const launch = async (): Promise<Child> => {
    const child = await startChild({
      command: java,
      args: [KAFKA_HEAP, ...KAFKA_JVM_FLAGS, ...jvm, 'kafka.Kafka', properties],
      env,
      cwd: folder,
      logFile,
      orphanSignal: 'SIGTERM',
    });
    const answers = await waitUntil(async () => child.hasExited() || (await kafkaAnswers(LOOPBACK, port, 1_000)), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (answers && !child.hasExited()) return child;
    await child.end('SIGKILL', 0);
    throw new LocalRunError(
      'part-not-ready',
      `Kafka on Java did not get ready. The end of ${logFile}:\n${await lastLines(logFile, 15)}`,
    );
  };
  let broker = await launch();
  options.log(`Kafka on port ${port}, on Java (process ${broker.pid})`);

  return {
    brokers: [`${LOOPBACK}:${port}`],
    source: 'java',
    ended: () => broker.exited.then(() => undefined),
    stop: async () => {
      await broker.end('SIGTERM', STOP_TIMEOUT_MS);
    },
    kill: async () => {
      await broker.end('SIGKILL', 0);
    },
    restart: async () => {
      broker = await launch();
    },
  };
};

const haveJars = async (): Promise<boolean> =>
  (await readdir(JARS).catch(() => [])).some((name) => name.startsWith('kafka_'));

/** Has Maven copy the jars that `infra/kafka/pom.xml` pins, once; an interrupted copy leaves nothing that looks whole. */
const fetchJars = async (env: Environment, log: Log): Promise<void> => {
  if (await haveJars()) return;
  log(`fetching the jars of Kafka ${KAFKA_VERSION} with Maven`);
  const partial = `${JARS.slice(0, -1)}.${randomBytes(4).toString('hex')}`;
  try {
    const maven = await runCommand(
      'mvn',
      [
        ...['-B', '-ntp', '-q', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies'],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${partial}`],
      ],
      { env, timeoutMs: 900_000 },
    );
    if (!maven.ok) {
      throw new LocalRunError(
        'kafka-not-found',
        `Maven could not fetch Kafka's jars: ${maven.stdout}\n${maven.stderr}`,
      );
    }
    // Another start may have been faster; its jars are the same.
    await rename(partial, JARS).catch(async (error: unknown) => {
      if (!(await haveJars())) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};

const asProperties = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
