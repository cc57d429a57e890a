import { usageKey, type TenantId, type Usage } from '@offerstream/contracts';

/** A record for the topic `usage`. */
export interface UsageRecord {
  readonly key: string;
  readonly value: Usage;
}

export interface UsageSink {
  /** Resolves when the records are kept for good; after a rejection they are sent again, grown perhaps. */
  send(records: readonly UsageRecord[]): Promise<void>;
}

export interface UsageMeterOptions {
  /** What counts, for example `gateway`. */
  readonly source: string;
  /** Of this run of this process alone, since its counts begin at 0. Matches `[0-9a-z-]{1,64}`. */
  readonly epoch: string;
  readonly sink: UsageSink;
  /** Time between two flushes: the most that a crash can lose, in the customer's favour. */
  readonly flushMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Called when a flush by the timer failed, with what the sink threw. The counts go with the next flush. */
  readonly onFlushFailed: (error: unknown) => void;
}

const HOUR_MS = 3_600_000;

/** One tenant's counts in one window so far. */
interface Counts {
  readonly units: Record<string, number>;
  /** Whether they differ from what the sink has taken. */
  changed: boolean;
}

/** A clock hour (UTC). */
interface Window {
  readonly startMs: number;
  readonly tenants: Map<TenantId, Counts>;
}

/**
 * Counts what tenants use. The counts of a tenant and hour only grow, and a flush sends them whole: a flush that fails, comes
 * twice or is overtaken changes nothing, as whoever reads them keeps the greatest.
 */
export class UsageMeter {
  private current: Window;
  /** Windows that are past and not yet taken by the sink. */
  private past: readonly Window[] = [];
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: UsageMeterOptions) {
    this.current = windowAt(options.nowMs());
  }

  /** Adds to a tenant's count of this hour. Made for the hot path: one look-up and one addition. */
  count(tenant: TenantId, meter: string, units = 1): void {
    this.turn();
    let counts = this.current.tenants.get(tenant);
    if (counts === undefined) {
      counts = { units: {}, changed: false };
      this.current.tenants.set(tenant, counts);
    }
    counts.units[meter] = (counts.units[meter] ?? 0) + units;
    counts.changed = true;
  }

  /** Flushes from now on every `flushMs`. */
  start(): void {
    this.timer = setInterval(() => {
      // A sink that is slow gets one flush at a time.
      if (this.flushing === undefined) this.flush().catch(this.options.onFlushFailed);
    }, this.options.flushMs).unref();
  }

  /** Resolves when all that was counted before the call is with the sink. @throws what the sink throws */
  async flush(): Promise<void> {
    while (this.flushing !== undefined) await this.flushing.catch(() => undefined);
    this.flushing = this.send();
    try {
      await this.flushing;
    } finally {
      this.flushing = undefined;
    }
  }

  /** Stops the timer and flushes for the last time. @throws what the sink throws; then the last counts are lost */
  close(): Promise<void> {
    clearInterval(this.timer);
    return this.flush();
  }

  private async send(): Promise<void> {
    this.turn();
    const { past } = this;
    const sent: Counts[] = [];
    const records: UsageRecord[] = [];
    for (const { startMs, tenants } of [...past, this.current]) {
      for (const [tenant, counts] of tenants) {
        if (!counts.changed) continue;
        counts.changed = false;
        sent.push(counts);
        records.push(this.record(tenant, new Date(startMs).toISOString(), counts));
      }
    }
    try {
      if (records.length > 0) await this.options.sink.send(records);
    } catch (error) {
      for (const counts of sent) counts.changed = true;
      throw error;
    }
    // Nothing was counted in these any more, so what was sent of them is all of it. Others may have passed meanwhile.
    this.past = this.past.filter((window) => !past.includes(window));
  }

  private record(tenant: TenantId, window: string, counts: Counts): UsageRecord {
    const { source, epoch } = this.options;
    return {
      key: usageKey(tenant, source, epoch, window),
      value: { tenant, source, epoch, window, counts: { ...counts.units } },
    };
  }

  /** Begins the next window when its time has come. A clock that goes back changes nothing: no window is opened twice. */
  private turn(): void {
    const nowMs = this.options.nowMs();
    if (nowMs < this.current.startMs + HOUR_MS) return;
    if (this.current.tenants.size > 0) this.past = [...this.past, this.current];
    this.current = windowAt(nowMs);
  }
}

const windowAt = (nowMs: number): Window => ({ startMs: nowMs - (nowMs % HOUR_MS), tenants: new Map() });
