import { startPostgres } from '@offerstream/infra';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { startContainer } from './container.js';
import type { Surroundings } from './surroundings.js';

export const POSTGRES_IMAGE = 'postgres:17';

const READY_TIMEOUT_MS = 240_000;

export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real PostgreSQL whose data goes with it: a container where Docker answers, an embedded server elsewhere. */
export const startTestPostgres = (surroundings: Surroundings): Promise<TestPostgres> =>
  surroundings.docker ? postgresInContainer() : embeddedPostgres(surroundings);

const embeddedPostgres = async ({ folder, log }: Surroundings): Promise<TestPostgres> => {
  const postgres = await startPostgres({ dataDir: await folder('postgres'), port: 0, log, env: withoutUrl() });
  return { url: postgres.url, stop: () => postgres.kill() };
};

/** A `DATABASE_URL` meant for the product must not become the place where tests make their databases. */
const withoutUrl = () => ({ ...process.env, DATABASE_URL: undefined });

const postgresInContainer = async (): Promise<TestPostgres> => {
  const container = await startContainer(new PostgreSqlContainer(POSTGRES_IMAGE).withStartupTimeout(READY_TIMEOUT_MS));
  return { url: container.started.getConnectionUri(), stop: () => container.remove() };
};
