import { TokenBucket } from 'limiter';

const SECOND_MS = 1_000;

/**
 * How many requests of each key may come at once, and how many a second after that, on this gateway. Without promises: these would
 * cost each request more than all else that lets it in.
 */
export class RateLimits {
  /** By key: never more than there were keys let in. */
  private readonly buckets = new Map<string, TokenBucket>();

  /** @returns how many more may come at once; undefined for a request that is one too many */
  take(key: string, limit: number): number | undefined {
    let bucket = this.buckets.get(key);
    if (bucket?.bucketSize !== limit) {
      bucket = new TokenBucket({ bucketSize: limit, tokensPerInterval: limit, interval: SECOND_MS });
      bucket.content = limit;
      this.buckets.set(key, bucket);
    }
    return bucket.tryRemoveTokens(1) ? Math.floor(bucket.content) : undefined;
  }
}
