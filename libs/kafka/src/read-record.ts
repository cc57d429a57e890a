import type { Kafka } from './connection.js';
import { closeCluster } from './kafkajs-internals.js';
import { LogReader, logOffsets } from './log-reader.js';
import type { RawRecord } from './record-batch-decoder.js';

/**
 * The record at an offset of a topic (name on the broker); where compaction has removed it, the next one.
 * `before-beginning` when retention has deleted it, `after-end` when the log ends before it.
 *
 * @throws {Error} the topic is missing or was made anew meanwhile, or Kafka is away
 */
export const readRecord = async (
  kafka: Kafka,
  topic: string,
  partition: number,
  offset: number,
): Promise<RawRecord | 'before-beginning' | 'after-end'> => {
  const cluster = kafka.cluster();
  let reader: LogReader | undefined;
  try {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([topic]);
    const beginning = (await logOffsets(cluster, topic, [partition], 'beginning')).get(partition) ?? 0;
    const end = (await logOffsets(cluster, topic, [partition], 'end')).get(partition) ?? 0;
    if (offset >= end) return 'after-end';
    if (offset < beginning) return 'before-beginning';
    return await new Promise<RawRecord>((resolve, reject) => {
      reader = new LogReader(
        kafka,
        cluster,
        {
          topic,
          onRecords: ([first]) => {
            if (first === undefined) return;
            reader?.stop();
            resolve(first);
          },
          hasRoom: () => true,
          onFatal: reject,
          onReplaced: reject,
        },
        new Map([[partition, offset]]),
      );
    });
  } finally {
    closeCluster(cluster);
    await reader?.finished();
    closeCluster(cluster);
  }
};
