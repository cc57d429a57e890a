import { frameHeaderBytes, writeFrameHeader } from './kafkajs-internals.js';
import { recordBatchBytes, writeRecordBatch, type ProducerStamp, type SizedRecord } from './record-batch-encoder.js';

/** One partition's part of a produce request: exactly one record batch. */
export interface ProduceBatch extends ProducerStamp {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SizedRecord[];
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

export const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;

const ACKS_ALL = -1;

const groupByTopic = (batches: readonly ProduceBatch[]): ReadonlyMap<string, readonly ProduceBatch[]> => {
  const topics = new Map<string, ProduceBatch[]>();
  for (const batch of batches) {
    const group = topics.get(batch.topic);
    if (group === undefined) topics.set(batch.topic, [batch]);
    else group.push(batch);
  }
  return topics;
};

/**
 * A whole produce request (version 7) with acks=all, sized first and written once.
 *
 * @param allocate gives a buffer of at least that many bytes
 * @param ackTimeoutMs how long the broker may wait for its replicas
 */
export const encodeProduceRequest = (
  batches: readonly ProduceBatch[],
  clientId: string,
  ackTimeoutMs: number,
  allocate: (bytes: number) => Buffer,
): Buffer => {
  const topics = groupByTopic(batches);
  let bytes = frameHeaderBytes(clientId) + 12;
  const sizes = new Map<ProduceBatch, number>();
  for (const [topic, group] of topics) {
    bytes += 6 + Buffer.byteLength(topic);
    for (const batch of group) {
      const size = recordBatchBytes(batch.records);
      sizes.set(batch, size);
      bytes += 8 + size;
    }
  }
  const frame = allocate(bytes).subarray(0, bytes);
  let at = writeFrameHeader(frame, PRODUCE.apiKey, PRODUCE.apiVersion, clientId);
  at = frame.writeInt16BE(-1, at); // no transaction
  at = frame.writeInt16BE(ACKS_ALL, at);
  at = frame.writeInt32BE(ackTimeoutMs, at);
  at = frame.writeInt32BE(topics.size, at);
  for (const [topic, group] of topics) {
    at = frame.writeInt16BE(Buffer.byteLength(topic), at);
    at += frame.write(topic, at, 'utf8');
    at = frame.writeInt32BE(group.length, at);
    for (const batch of group) {
      at = frame.writeInt32BE(batch.partition, at);
      at = frame.writeInt32BE(sizes.get(batch) ?? 0, at);
      at = writeRecordBatch(frame, at, batch.records, batch, batch.timestamp);
    }
  }
  return frame;
};

/** Reads a produce response (version 7): the outcome of every partition, and for how long the broker asks for silence. */
export const decodeProduceResponse = (
  payload: Buffer,
): { readonly results: readonly ProduceResult[]; readonly throttleMs: number } => {
  const results: ProduceResult[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let index = 0; index < partitions; index++) {
      results.push({ topic, partition: payload.readInt32BE(at), errorCode: payload.readInt16BE(at + 4) });
      at += 30; // partition, error code, base offset, append time, log start offset
    }
  }
  return { results, throttleMs: payload.readInt32BE(at) };
};
