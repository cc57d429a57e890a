import { frameHeaderBytes, writeFrameHeader } from './kafkajs-internals.js';
import { readInt64, type AbortedTransaction } from './record-batch-decoder.js';

export const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' } as const;

const READ_COMMITTED = 1;

export interface FetchRequest {
  readonly topic: string;
  /** In the order in which the broker fills the response. */
  readonly partitions: readonly { readonly partition: number; readonly offset: number }[];
  /** How long the broker waits while there is nothing to answer. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  /** The offset that the next committed record of this partition will have. */
  readonly endOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/** A whole fetch request (version 11: Kafka 2.3 and newer) for committed records of one topic, without a fetch session. */
export const encodeFetchRequest = (request: FetchRequest, clientId: string): Buffer => {
  const { topic, partitions } = request;
  const frame = Buffer.allocUnsafe(frameHeaderBytes(clientId) + 41 + Buffer.byteLength(topic) + partitions.length * 28);
  let at = writeFrameHeader(frame, FETCH.apiKey, FETCH.apiVersion, clientId);
  at = frame.writeInt32BE(-1, at); // a consumer, not a replica
  at = frame.writeInt32BE(request.maxWaitMs, at);
  at = frame.writeInt32BE(1, at); // answer at the first byte
  at = frame.writeInt32BE(request.maxBytes, at);
  at = frame.writeInt8(READ_COMMITTED, at);
  at = frame.writeInt32BE(0, at); // no session
  at = frame.writeInt32BE(-1, at);
  at = frame.writeInt32BE(1, at);
  at = frame.writeInt16BE(Buffer.byteLength(topic), at);
  at += frame.write(topic, at, 'utf8');
  at = frame.writeInt32BE(partitions.length, at);
  for (const { partition, offset } of partitions) {
    at = frame.writeInt32BE(partition, at);
    at = frame.writeInt32BE(-1, at); // any leader epoch
    at = frame.writeBigInt64BE(BigInt(offset), at);
    at = frame.writeBigInt64BE(-1n, at);
    at = frame.writeInt32BE(request.maxPartitionBytes, at);
  }
  at = frame.writeInt32BE(0, at); // nothing forgotten
  frame.writeInt16BE(0, at); // no rack
  return frame;
};

/** Reads a fetch response (version 11). `records` are views into the payload. */
export const decodeFetchResponse = (
  payload: Buffer,
): { readonly errorCode: number; readonly throttleMs: number; readonly partitions: readonly FetchedPartition[] } => {
  const partitions: FetchedPartition[] = [];
  let at = 14;
  for (let topics = payload.readInt32BE(10); topics > 0; topics--) {
    at += 2 + payload.readInt16BE(at);
    const count = payload.readInt32BE(at);
    at += 4;
    for (let index = 0; index < count; index++) {
      const partition = payload.readInt32BE(at);
      const errorCode = payload.readInt16BE(at + 4);
      // The last stable offset: what lies above it belongs to transactions that are still open.
      const endOffset = readInt64(payload, at + 14);
      const abortedCount = payload.readInt32BE(at + 30);
      at += 34;
      const aborted: AbortedTransaction[] = [];
      for (let each = 0; each < abortedCount; each++) {
        aborted.push({ producerId: payload.readBigInt64BE(at), firstOffset: readInt64(payload, at + 8) });
        at += 16;
      }
      at += 4; // preferred read replica: only told to clients that name a rack
      const bytes = Math.max(0, payload.readInt32BE(at));
      partitions.push({ partition, errorCode, endOffset, aborted, records: payload.subarray(at + 4, at + 4 + bytes) });
      at += 4 + bytes;
    }
  }
  return { throttleMs: payload.readInt32BE(0), errorCode: payload.readInt16BE(4), partitions };
};
