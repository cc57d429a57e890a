import {
  PARTS_URL_VARIABLE,
  type OwnKafka,
  type OwnPart,
  type OwnValkey,
  type PartsAnswers,
  type PartsRequest,
} from './parts.js';

/**
 * Brokers of the Kafka that all tests of a run share, started when the first test asks. Topics are not made by being
 * mentioned, and tests keep apart by topic names, see {@link uniqueTopicNaming}.
 */
export const kafkaBrokers = async (): Promise<readonly string[]> => (await ask('/kafka')).brokers;

/** URL of the PostgreSQL that all tests of a run share; most tests want a {@link freshDatabase} on it. */
export const postgresUrl = async (): Promise<string> => (await ask('/postgres')).url;

/** URL of a new, empty database on the shared PostgreSQL. */
export const freshDatabase = async (): Promise<string> => (await ask('/database')).url;

/** URL of the Valkey that all tests of a run share; tests keep apart by what their keys begin with, see {@link uniquePrefix}. */
export const valkeyUrl = async (): Promise<string> => (await ask('/valkey')).url;

/** A Kafka of this test's own; it is ended with the run at the latest. */
export const startOwnKafka = async (): Promise<OwnKafka> => {
  const { id, brokers } = await ask('/own-kafka');
  return { brokers, ...ownPart(id) };
};

/** A Valkey of this test's own; it is ended with the run at the latest. */
export const startOwnValkey = async (): Promise<OwnValkey> => {
  const { id, url } = await ask('/own-valkey');
  return { url, ...ownPart(id) };
};

/** A cluster of three Valkeys, each with a third of the slots; it is ended with the run at the latest. */
export const startOwnValkeyCluster = async (): Promise<OwnValkey> => {
  const { id, url } = await ask('/own-valkey-cluster');
  return { url, ...ownPart(id) };
};

const ownPart = (id: string): OwnPart => ({
  kill: async () => {
    await ask('/own/kill', id);
  },
  restart: async () => {
    await ask('/own/restart', id);
  },
  stop: async () => {
    await ask('/own/stop', id);
  },
});

const ask = async <Path extends PartsRequest>(path: Path, id?: string): Promise<PartsAnswers[Path]> => {
  const base = process.env[PARTS_URL_VARIABLE];
  if (base === undefined) {
    throw new Error(
      `${PARTS_URL_VARIABLE} is not set: the Jest configuration of this project has to come from jest.preset.mjs.`,
    );
  }
  const response = await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify({ id }) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as PartsAnswers[Path];
};
