import { endOffsets, type Kafka } from '@offerstream/kafka';

/** How many records were ever written to a topic (name on the broker). */
export const recordsOn = async (kafka: Kafka, topic: string): Promise<number> =>
  [...(await endOffsets(kafka, topic)).values()].reduce((sum, end) => sum + end, 0);
