import type { Pool } from 'pg';
import { onDatabase } from './errors.js';

/** Where to go on with a topic, by partition: the offset of the next record. */
export type TopicPositions = ReadonlyMap<number, number>;

/** $1 the topic's name on the broker, $2 {@link positionRows}. */
export const PUT_POSITIONS = `
  INSERT INTO usage_positions (topic, "partition", next)
  SELECT $1, "partition", next FROM jsonb_to_recordset($2::jsonb) AS row ("partition" integer, next bigint)
  ORDER BY "partition"
  ON CONFLICT (topic, "partition") DO UPDATE SET next = EXCLUDED.next`;

export const positionRows = (positions: TopicPositions): string =>
  JSON.stringify([...positions].map(([partition, next]) => ({ partition, next })));

/**
 * How far topics are taken. It stands beside what was taken of them, so a database that is restored from a backup goes on from its own
 * place.
 */
export class Positions {
  constructor(private readonly pool: Pool) {}

  /** Partitions of which nothing was taken are left out. @param topic name on the broker @throws DatabaseUnavailable */
  of(topic: string): Promise<TopicPositions> {
    return onDatabase(async () => {
      const { rows } = await this.pool.query<{ partition: number; next: string }>(
        'SELECT "partition", next FROM usage_positions WHERE topic = $1',
        [topic],
      );
      return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
    });
  }

  /**
   * To be called when the records before are stored, and can come again without harm if this fails.
   *
   * @param topic name on the broker
   * @throws DatabaseUnavailable
   */
  async put(topic: string, positions: TopicPositions): Promise<void> {
    await onDatabase(() => this.pool.query(PUT_POSITIONS, [topic, positionRows(positions)]));
  }
}
