import { Client } from 'pg';
import { onDatabase } from './errors.js';
import type { OutboxTopic } from './outbox.js';

/** A change on its way to a compacted topic. */
export interface OutboxRecord {
  /** Rises with every change of one key. */
  readonly id: bigint;
  readonly topic: OutboxTopic;
  readonly key: string;
  /** JSON; null deletes the key, unless it has a picture. */
  readonly value: string | null;
  /** On the topic `pictures`, the bytes of a JPEG. */
  readonly picture: Buffer | null;
}

/** "outb" in ASCII: the advisory lock of the one relay. */
const RELAY_LOCK = 0x6f757462;
const CONNECT_TIMEOUT_MS = 3_000;
/** A relay that waits longer for an answer must assume that its lock is gone. */
const QUERY_TIMEOUT_MS = 10_000;
/** Of a batch, until one picture goes beyond it: what Kafka takes well within the time that a publication has. */
const MAX_PICTURE_BYTES_AT_ONCE = 4 * 1024 * 1024;

/**
 * The relay's own connection to the outbox. It holds the advisory lock and every read goes through it, so a read that succeeds
 * proves that the lock is still held. Needs a direct connection: a transaction-pooling proxy keeps neither lock nor LISTEN.
 */
export class OutboxSession {
  private constructor(private readonly client: Client) {}

  /**
   * @param onChange is called when records were committed, and when the connection is lost.
   * @throws DatabaseUnavailable
   */
  static open(url: string, onChange: () => void): Promise<OutboxSession> {
    return onDatabase(async () => {
      const client = new Client({
        connectionString: url,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: QUERY_TIMEOUT_MS,
        statement_timeout: QUERY_TIMEOUT_MS,
        keepAlive: true,
        application_name: 'offerstream-outbox-relay',
      });
      client.on('notification', () => onChange());
      // The next query fails and says why.
      client.on('error', onChange);
      await client.connect();
      await client.query('LISTEN outbox');
      return new OutboxSession(client);
    });
  }

  /** Becomes the one relay; false while another one is. @throws DatabaseUnavailable */
  tryLock(): Promise<boolean> {
    return onDatabase(async () => {
      const { rows } = await this.client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        RELAY_LOCK,
      ]);
      return rows[0]?.locked === true;
    });
  }

  /**
   * For how long a batch of an earlier relay has been on its way, in ms; undefined when it came to its end. Such a batch may
   * still reach Kafka, and what is published before that would be overtaken by the past.
   *
   * @throws DatabaseUnavailable
   */
  unfinishedForMs(): Promise<number | undefined> {
    return onDatabase(async () => {
      const { rows } = await this.client.query<{ ms: number | null }>(
        `SELECT (extract(epoch FROM clock_timestamp() - publishing_since) * 1000)::float8 AS ms FROM outbox_relay`,
      );
      return rows[0]?.ms ?? undefined;
    });
  }

  /**
   * The oldest records, marked as being on their way; fewer than asked for where their pictures have many bytes.
   *
   * @throws DatabaseUnavailable
   */
  begin(limit: number): Promise<readonly OutboxRecord[]> {
    return onDatabase(async () => {
      const { rows } = await this.client.query<{
        id: string;
        topic: OutboxTopic;
        key: string;
        value: string | null;
        picture: Buffer | null;
      }>(
        `WITH oldest AS (SELECT id, topic, key, value, picture FROM outbox ORDER BY id LIMIT $1),
              summed AS (SELECT *, coalesce(sum(length(picture)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM oldest),
              batch AS (SELECT id, topic, key, value, picture FROM summed WHERE before < $2),
              mark AS (UPDATE outbox_relay SET publishing_since = clock_timestamp() WHERE EXISTS (SELECT FROM batch))
         SELECT id, topic, key, value, picture FROM batch ORDER BY id`,
        [limit, MAX_PICTURE_BYTES_AT_ONCE],
      );
      return rows.map(({ id, topic, key, value, picture }) => ({
        id: BigInt(id),
        topic,
        key,
        value,
        picture,
      }));
    });
  }

  /** Takes records that Kafka has acknowledged out of the outbox. @throws DatabaseUnavailable */
  finish(records: readonly OutboxRecord[]): Promise<void> {
    return onDatabase(async () => {
      await this.client.query(
        `WITH unmark AS (UPDATE outbox_relay SET publishing_since = NULL)
         DELETE FROM outbox WHERE id = ANY ($1::bigint[])`,
        [records.map(({ id }) => String(id))],
      );
    });
  }

  /** Releases the lock. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
