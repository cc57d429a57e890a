import {
  brokerContainerEnvironment,
  freePort,
  KAFKA_IMAGE,
  kafkaAnswers,
  startKafka,
  waitUntil,
} from '@offerstream/infra';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { startContainer } from './container.js';
import type { OwnKafka } from './parts.js';
import type { Surroundings } from './surroundings.js';

const CLUSTER_ID = 'b2ZmZXJzdHJlYW0tdGVzdA';
const READY_TIMEOUT_MS = 240_000;

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
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  // Clients are sent to the advertised address, so the port must be known before the broker starts.
  const port = await freePort();
  const container = await startContainer(
    new GenericContainer(KAFKA_IMAGE)
      .withEnvironment({ ...brokerContainerEnvironment({ advertisedHost: host, advertisedPort: port }, CLUSTER_ID) })
      .withExposedPorts({ container: 9092, host: port })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .withStartupTimeout(READY_TIMEOUT_MS),
  );
  const ready = async () => {
    const answers = await waitUntil(() => kafkaAnswers(host, port, 1_000), { timeoutMs: READY_TIMEOUT_MS });
    if (!answers) throw new Error(`A Kafka container has started, and no broker answers on ${host}:${port}.`);
  };
  await ready();
  return {
    brokers: [`${host}:${port}`],
    kill: () => container.kill(),
    restart: async () => {
      await container.startAgain();
      await ready();
    },
    stop: () => container.remove(),
  };
};
