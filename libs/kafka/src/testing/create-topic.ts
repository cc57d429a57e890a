import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from '../connection.js';
import { isTopicMissing } from '../errors.js';

/** Resolves when the broker knows the new topic: just after making it, it may still deny that there is such a topic. */
export const createTopic = (
  kafka: Kafka,
  topic: string,
  { partitions, config = {} }: { readonly partitions: number; readonly config?: Readonly<Record<string, string>> },
): Promise<void> =>
  kafka.withAdmin(async (admin) => {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, configEntries }] });
    const isKnown = async (): Promise<boolean> => {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics.every((known) => known.partitions.every(({ leader }) => leader >= 0));
      } catch (error) {
        if (isTopicMissing(error)) return false;
        throw error;
      }
    };
    while (!(await isKnown())) await sleep(20);
  });
