import { resolve } from 'node:path';
import { LocalRunError } from './errors.js';
import { brokerContainerEnvironment, KAFKA_CONTAINER_DATA, KAFKA_IMAGE } from './kafka-settings.js';
import { kafkaAnswers } from './kafka-probe.js';
import { LOOPBACK } from './network.js';
import { whenThisProcessIsGone } from './reaper.js';
import type { KafkaOrigin, RunningKafka } from './running-kafka.js';
import { runCommand, type CommandResult, type Environment, type Found, type Log } from './surroundings.js';
import { waitUntil } from './waiting.js';

const FOLDER_LABEL = 'offerstream.data-folder';
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_S = 30;
const PULL_TIMEOUT_MS = 600_000;

const docker = (env: Environment, args: readonly string[], timeoutMs = 60_000): Promise<CommandResult> =>
  runCommand('docker', args, { env, timeoutMs });

export const dockerAnswers = async (env: Environment): Promise<Found<object>> => {
  const version = await docker(env, ['version', '--format', '{{.Server.Version}}'], 10_000);
  return version.ok ? { ok: true } : { ok: false, reason: 'no Docker engine answers' };
};

/** Pulls the image when it is not there. */
export const haveImage = async (image: string, env: Environment, log: Log): Promise<Found<object>> => {
  if ((await docker(env, ['image', 'inspect', image])).ok) return { ok: true };
  log(`pulling the image ${image}`);
  const pull = await docker(env, ['pull', '--quiet', image], PULL_TIMEOUT_MS);
  if (pull.ok) return { ok: true };
  const why = pull.stderr.split('\n').at(-1) ?? '';
  return { ok: false, reason: `Docker answers, but the image ${image} is not there and can't be pulled (${why})` };
};

export interface DockerKafkaOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly origin: KafkaOrigin & { readonly source: 'docker' };
  readonly env: Environment;
  readonly log: Log;
}

/** One container and one volume per data folder; the container goes with each stop, the volume stays with the folder. */
export const dockerKafka = async (options: DockerKafkaOptions): Promise<RunningKafka> => {
  const { env, origin, port } = options;
  const folder = resolve(options.dataDir);
  const container = origin.volume;
  await removeLeftovers(env, folder, origin.volume);

  const forget = whenThisProcessIsGone({
    kind: 'command',
    command: 'sh',
    args: [
      '-c',
      'docker stop --time "$1" "$2"; docker rm --force --volumes "$2"',
      'sh',
      String(STOP_TIMEOUT_S),
      container,
    ],
  });
  const watchEnd = () => {
    const life = { over: false, end: docker(env, ['wait', container], 0).then(() => undefined) };
    void life.end.then(() => (life.over = true));
    return life;
  };
  let life: ReturnType<typeof watchEnd> | undefined;

  const ready = async () => {
    const current = watchEnd();
    life = current;
    const answers = await waitUntil(async () => current.over || (await kafkaAnswers(LOOPBACK, port, 1_000)), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (answers && !current.over) return;
    const logs = await docker(env, ['logs', '--tail', '15', container]);
    throw new LocalRunError(
      'part-not-ready',
      `Kafka in Docker (container ${container}) did not get ready. Its last lines:\n${logs.stdout}\n${logs.stderr}`,
    );
  };
  const remove = async () => {
    await docker(env, ['rm', '--force', '--volumes', container]);
    forget();
  };

  try {
    const run = await docker(env, [
      'run',
      '--detach',
      ...['--name', container, '--label', `${FOLDER_LABEL}=${folder}`],
      ...['--publish', `${LOOPBACK}:${port}:9092`],
      ...['--volume', `${await makeVolume(env, folder, origin.volume)}:${KAFKA_CONTAINER_DATA}`],
      ...Object.entries(
        brokerContainerEnvironment({ advertisedHost: LOOPBACK, advertisedPort: port }, origin.clusterId),
      ).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      KAFKA_IMAGE,
    ]);
    if (!run.ok) throw new LocalRunError('part-not-ready', `Kafka in Docker did not start: ${run.stderr}`);
    await ready();
  } catch (error) {
    await remove();
    throw error;
  }
  options.log(`Kafka on port ${port}, in Docker (container and volume ${container})`);

  return {
    brokers: [`${LOOPBACK}:${port}`],
    source: 'docker',
    ended: async () => life?.end,
    stop: async () => {
      await docker(env, ['stop', '--time', String(STOP_TIMEOUT_S), container]);
      await remove();
    },
    kill: async () => {
      await docker(env, ['kill', container]);
      await life?.end;
    },
    restart: async () => {
      const start = await docker(env, ['start', container]);
      if (!start.ok) throw new LocalRunError('part-not-ready', `Kafka in Docker did not start again: ${start.stderr}`);
      await ready();
    },
  };
};

/** A container that outlived its start, and the volume of a data folder that was deleted and made anew. */
const removeLeftovers = async (env: Environment, folder: string, volume: string): Promise<void> => {
  await docker(env, ['rm', '--force', '--volumes', volume]);
  const volumes = await docker(env, ['volume', 'ls', '--quiet', '--filter', `label=${FOLDER_LABEL}=${folder}`]);
  const others = volumes.stdout.split('\n').filter((name) => name !== '' && name !== volume);
  if (others.length > 0) await docker(env, ['volume', 'rm', ...others]);
};

export const removeVolume = async (env: Environment, volume: string): Promise<void> => {
  await docker(env, ['volume', 'rm', '--force', volume]);
};

const makeVolume = async (env: Environment, folder: string, volume: string): Promise<string> => {
  await docker(env, ['volume', 'create', '--label', `${FOLDER_LABEL}=${folder}`, volume]);
  return volume;
};
