import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What a request finds of its key's limit. */
export interface RateLimit {
  readonly isAllowed: boolean;
  /** Requests in each second. */
  readonly limit: number;
  /** Requests of this second that are left. */
  readonly remaining: number;
}

const WINDOW_SECONDS = 1;

/** Requests of each key in each second, on this gateway. */
export class RateLimits {
  /** By limit: a limiter has one. */
  private readonly limiters = new Map<number, RateLimiterMemory>();

  /** Counts a request of the key, also one above the limit. */
  async take(key: string, limit: number): Promise<RateLimit> {
    try {
      const { remainingPoints } = await this.limiterOf(limit).consume(key);
      return { isAllowed: true, limit, remaining: remainingPoints };
    } catch (error) {
      // Above the limit the library rejects with what it would else resolve with.
      if (!(error instanceof RateLimiterRes)) throw error;
      return { isAllowed: false, limit, remaining: 0 };
    }
  }

  private limiterOf(limit: number): RateLimiterMemory {
    let limiter = this.limiters.get(limit);
    if (limiter === undefined) {
      limiter = new RateLimiterMemory({ points: limit, duration: WINDOW_SECONDS });
      this.limiters.set(limit, limiter);
    }
    return limiter;
  }
}
