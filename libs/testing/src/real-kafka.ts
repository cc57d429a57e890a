import {
  brokerContainerEnvironment,
  freePort,
  KAFKA_IMAGE,
  kafkaAnswers,
  startKafka,
  waitUntil,
  whenThisProcessIsGone,
} from '@offerstream/infra';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { mustSucceed, type Surroundings } from './surroundings.js';
import type { OwnKafka } from './parts.js';

const CLUSTER_ID = 'b2ZmZXJzdHJlYW0tdGVzdA';
const READY_TIMEOUT_MS = 120_000;

/** A real Kafka whose data goes with it: a container where Docker answers, a process on Java elsewhere. */
export const startTestKafka = (surroundings: Surroundings): Promise<OwnKafka> =>
  surroundings.docker ? kafkaInContainer() : kafkaOnJava(surroundings);

const kafkaOnJava = async ({ folder, log }: Surroundings): Promise<OwnKafka> => {
  const kafka = await startKafka({ dataDir: await folder('kafka'), port: 0, log, sources: ['java'] });
  return {
    brokers: kafka.brokers,
    kill: () => kafka.kill(),
    restart: () => kafka.restart(),
    stop: () => kafka.kill(),
  };
};

const kafkaInContainer = async (): Promise<OwnKafka> => {
  const runtime = await getContainerRuntimeClient();
  const { host } = runtime.info.containerRuntime;
  // Clients are sent to the advertised address, so the port must be known before the broker starts.
  const port = await freePort();
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withEnvironment({ ...brokerContainerEnvironment({ advertisedHost: host, advertisedPort: port }, CLUSTER_ID) })
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(READY_TIMEOUT_MS)
    .start();
  const id = container.getId();
  const forget = whenThisProcessIsGone({
    kind: 'command',
    command: 'docker',
    args: ['rm', '--force', '--volumes', id],
  });
  const raw = runtime.container.getById(id);
  const ready = () => waitUntil(() => kafkaAnswers(host, port, 1_000), { timeoutMs: READY_TIMEOUT_MS });
  mustSucceed(await ready(), `The Kafka container ${id} started, and no broker answers on ${host}:${port}.`);
  return {
    brokers: [`${host}:${port}`],
    kill: async () => {
      await raw.kill();
      await raw.wait();
    },
    restart: async () => {
      await raw.start();
      mustSucceed(
        await ready(),
        `The Kafka container ${id} was started again, and no broker answers on ${host}:${port}.`,
      );
    },
    stop: async () => {
      await raw.remove({ force: true, v: true });
      forget();
    },
  };
};
