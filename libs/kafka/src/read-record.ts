import type { Kafka } from './connection.js';
import { RecordReader, type RecordRead } from './record-reader.js';

/**
 * The record at an offset of a topic (name on the broker), over a connection of its own; see {@link RecordReader.read}.
 *
 * @throws {Error} the topic is missing or was made anew meanwhile, or Kafka is away
 */
export const readRecord = async (
  kafka: Kafka,
  topic: string,
  partition: number,
  offset: number,
): Promise<RecordRead> => {
  const reader = new RecordReader(kafka, topic);
  try {
    return await reader.read(partition, offset);
  } finally {
    await reader.close();
  }
};
