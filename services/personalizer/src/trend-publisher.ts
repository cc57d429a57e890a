import type { TenantId, Trend } from '@offerstream/contracts';
import { trendOf, type Trends } from '@offerstream/decisioning';

export interface TrendPublisherOptions {
  readonly trends: Pick<Trends, 'takeChanged' | 'top'>;
  /** One run of this process. */
  readonly source: string;
  /** Sends a record of the topic `trends`; resolves when it is acknowledged. */
  readonly send: (key: string, value: Trend) => Promise<void>;
  readonly nowMs: () => number;
  readonly onFailed: (error: unknown) => void;
}

const PUBLISH_MS = 10_000;

/**
 * Publishes the trends of tenants of whom something was noted. What this process published last stays on the topic when it ends:
 * it decays by itself, and the topic forgets it after a day.
 */
export class TrendPublisher {
  private timer: NodeJS.Timeout | undefined;
  private publishing = false;

  constructor(private readonly options: TrendPublisherOptions) {}

  start(): void {
    this.timer = setInterval(() => {
      // While Kafka is away one round waits for it, and the others are left out.
      if (!this.publishing) this.publish().catch(this.options.onFailed);
    }, PUBLISH_MS).unref();
  }

  /** One tenant after the other, so that events are taken in between. */
  async publish(): Promise<void> {
    const { trends } = this.options;
    this.publishing = true;
    try {
      for (const tenant of trends.takeChanged()) await this.publishTenant(tenant);
    } finally {
      this.publishing = false;
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async publishTenant(tenant: TenantId): Promise<void> {
    const { trends, source, send, nowMs } = this.options;
    const now = nowMs();
    await send(`${tenant}:${source}`, trendOf(tenant, source, now, trends.top(tenant, now)));
  }
}
