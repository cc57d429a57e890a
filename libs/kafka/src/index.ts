export * from './connection.js';
export * from './errors.js';
export { homePartition } from './murmur2.js';
export { BatchingProducer, type BatchingProducerOptions } from './batching-producer.js';
export type { ProducerRecord } from './record-queues.js';
export type { ProducerHeaders, RecordContent } from './record-batch-encoder.js';
export {
  BatchConsumer,
  type BatchConsumerOptions,
  type BatchHandler,
  type ConsumerHealth,
  type GatheredBatch,
} from './batch-consumer.js';
export type { Assignment } from './group-member.js';
export type { RawRecord, RecordHeaders } from './record-batch-decoder.js';
export { followTable, problemOf, type FollowedTable, type FollowTableOptions } from './follow-table.js';
export { KafkaBatchStrategy, OriginalErrors, type KafkaBatchStrategyOptions } from './kafka-batch-strategy.js';
export { readAll, tailTopic, type TailTopicOptions, type TopicTail } from './tail-topic.js';
export {
  deleteTopics,
  endOffsets,
  ensureTopics,
  groupLag,
  logBounds,
  partitionCounts,
  type EnsureTopicsOptions,
  type LogBounds,
  type PartitionLag,
} from './topics.js';
export { readRecord } from './read-record.js';
export { RecordReader, type RecordRead } from './record-reader.js';
