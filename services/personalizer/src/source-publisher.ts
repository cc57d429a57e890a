import type { TenantId } from '@offerstream/contracts';

export interface SourcePublisherOptions<Value> {
  /** The tenants of whom something was noted since they were named last. */
  readonly takeChanged: () => readonly TenantId[];
  /** What this source knows of a tenant by now. */
  readonly valueOf: (tenant: TenantId, source: string, nowMs: number) => Value;
  /** One run of this process. */
  readonly source: string;
  /** Sends a record; resolves when it is acknowledged. */
  readonly send: (key: string, value: Value) => Promise<void>;
  readonly nowMs: () => number;
  readonly onFailed: (error: unknown) => void;
}

const PUBLISH_MS = 10_000;

/**
 * Publishes what this process has counted of tenants of whom something was noted. What it published last stays on the topic when it
 * ends: it decays by itself, and the topic forgets it.
 */
export class SourcePublisher<Value> {
  private timer: NodeJS.Timeout | undefined;
  private publishing = false;

  constructor(private readonly options: SourcePublisherOptions<Value>) {}

  start(): void {
    this.timer = setInterval(() => {
      // While Kafka is away one round waits for it, and the others are left out.
      if (!this.publishing) this.publish().catch(this.options.onFailed);
    }, PUBLISH_MS).unref();
  }

  /** One tenant after the other, so that events are taken in between. */
  async publish(): Promise<void> {
    this.publishing = true;
    try {
      for (const tenant of this.options.takeChanged()) await this.publishTenant(tenant);
    } finally {
      this.publishing = false;
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async publishTenant(tenant: TenantId): Promise<void> {
    const { valueOf, source, send, nowMs } = this.options;
    await send(`${tenant}:${source}`, valueOf(tenant, source, nowMs()));
  }
}
