const WINDOW_MS = 1_000;

interface Window {
  readonly endsMs: number;
  taken: number;
}

/**
 * Requests of each key in each second, on this gateway. Of its own, since rate-limiter-flexible makes a promise and a result for
 * each request.
 */
export class RateLimits {
  /** By key; a second begins with a request. There are never more than there were keys let in. */
  private readonly windows = new Map<string, Window>();

  /** @param nowMs rises steadily */
  constructor(private readonly nowMs: () => number) {}

  /**
   * Counts a request of the key, also one above the limit.
   *
   * @returns how many more of this second are left; below 0 for one above the limit
   */
  take(key: string, limit: number): number {
    const nowMs = this.nowMs();
    let window = this.windows.get(key);
    if (window === undefined || window.endsMs <= nowMs) {
      window = { endsMs: nowMs + WINDOW_MS, taken: 0 };
      this.windows.set(key, window);
    }
    window.taken += 1;
    return limit - window.taken;
  }
}
