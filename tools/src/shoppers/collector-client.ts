import { setTimeout as delay } from 'node:timers/promises';
import type { SegmentTrack } from '@offerstream/demo-shop';

export interface CollectorClientOptions {
  readonly url: string;
  readonly writeKey: string;
  /** Told when a batch has to be sent again. */
  readonly onRetry: (reason: string) => void;
}

/** The collector will never take this. */
export class BatchRefused extends Error {
  readonly code = 'batch-refused';
  readonly canRetry = false;
}

const RETRY_MS = 250;
const TIMEOUT_MS = 10_000;
/** A key may be newer than what the collector has read; the others say that it is away or busy. */
const RETRIED = new Set([401, 429, 503]);

/**
 * Sends batches to Segment's HTTP API, each until it is accepted: what arrives twice has the same messageId.
 */
export class CollectorClient {
  constructor(private readonly options: CollectorClientOptions) {}

  /**
   * @returns whether the batch was accepted before the signal aborted
   * @throws BatchRefused
   */
  async send(batch: readonly SegmentTrack[], signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const reason = await this.attempt(batch);
      if (reason === undefined) return true;
      this.options.onRetry(reason);
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  private async attempt(batch: readonly SegmentTrack[]): Promise<string | undefined> {
    const { url, writeKey } = this.options;
    let response: Response;
    let body: string;
    try {
      response = await fetch(new URL('/v1/batch', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
        },
        body: JSON.stringify({ batch, sentAt: new Date().toISOString() }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      body = await response.text();
    } catch (error) {
      return `no answer from ${url}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (response.ok) return undefined;
    const reason = `status ${response.status}: ${body.slice(0, 200)}`;
    if (RETRIED.has(response.status)) return reason;
    throw new BatchRefused(`The collector at ${url} refused a batch of ${batch.length} events with ${reason}`);
  }
}
