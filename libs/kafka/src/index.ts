export * from './connection.js';
export * from './errors.js';
export { homePartition } from './murmur2.js';
export {
  BatchingProducer,
  type BatchingProducerOptions,
  type ProducerRecord,
  type ProducerSend,
} from './batching-producer.js';
export type { ProducerHeaders, RecordContent } from './record-batch-encoder.js';
