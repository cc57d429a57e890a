import type { LoggerService } from '@nestjs/common';
import { topicOnBroker, type TopicName, type TopicNaming } from '@offerstream/contracts';
import { followTable, type FollowedTable, type Kafka, type RawRecord } from '@offerstream/kafka';
import { Counter, type Registry } from 'prom-client';
import { ZodError } from 'zod';

/**
 * Takes a record of a table.
 *
 * @param value null for a deletion
 * @param record the same, with where it lies
 * @returns undefined, or why it can't be taken
 * @throws ZodError, SyntaxError for the same
 */
export type PutRecord = (key: string, value: Buffer | null, record: RawRecord) => string | undefined;

export interface TableFollowerOptions {
  readonly kafka: Kafka;
  readonly naming: TopicNaming;
  readonly logger: LoggerService;
  readonly metrics: Registry;
}

/**
 * Keeps a service's tables as their compacted topics say. A record that does not fit can’t be taken: the service goes on with what it
 * knew before, so somebody has to look. It is an error in the log, and is counted for an alert.
 */
export class TableFollower {
  private readonly leftOut: Counter<'topic'>;

  constructor(private readonly options: TableFollowerOptions) {
    this.leftOut = new Counter({
      name: 'table_records_left_out_total',
      help: 'Records of tables that could not be taken, or only in part, by topic.',
      labelNames: ['topic'],
      registers: [options.metrics],
    });
  }

  follow(topic: TopicName, put: PutRecord): FollowedTable {
    const { kafka, naming, logger } = this.options;
    return followTable(kafka, topicOnBroker(topic, naming), {
      onRecord: (key, value, record) => {
        const problem = problemOf(() => put(key, value, record));
        if (problem === undefined) return;
        this.leftOut.inc({ topic });
        logger.error(`${topic}: the record "${key}" can’t be taken: ${problem}`, undefined, 'tables');
      },
    });
  }
}

const problemOf = (take: () => string | undefined): string | undefined => {
  try {
    return take();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ZodError) return String(error);
    throw error;
  }
};
