const SEED = 0x9747b28c | 0;
const M = 0x5bd1e995;
const R = 24;

/** MurmurHash2, 32 bits, as Kafka's Java client computes it (`org.apache.kafka.common.utils.Utils.murmur2`). */
export const murmur2 = (bytes: Uint8Array): number => {
  const length = bytes.length;
  let hash = SEED ^ length;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    let k =
      (bytes[index] as number) |
      ((bytes[index + 1] as number) << 8) |
      ((bytes[index + 2] as number) << 16) |
      ((bytes[index + 3] as number) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const rest = length - index;
  if (rest === 3) hash ^= (bytes[index + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[index + 1] as number) << 8;
  if (rest >= 1) {
    hash ^= bytes[index] as number;
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
};

/**
 * The partition in which a key's records belong: what the default partitioners of the Java client and of kafkajs
 * choose. (librdkafka's default is CRC32: records of its clients can lie elsewhere.)
 */
export const homePartition = (key: string | Uint8Array, partitionCount: number): number =>
  (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitionCount;
