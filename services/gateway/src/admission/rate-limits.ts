import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Requests of each key in each second, on this gateway. A second begins with a request. */
export class RateLimits {
  /** It counts alone: what a key may send is its plan's, and can change within a second. */
  private readonly counts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 });

  /**
   * Counts a request of the key, also one above the limit.
   *
   * @returns how many more of this second are left; below 0 for one above the limit
   */
  async take(key: string, limit: number): Promise<number> {
    const { consumedPoints } = await this.counts.consume(key);
    return limit - consumedPoints;
  }
}
