import type { TenantId } from '@offerstream/contracts';
import type { ControlApi } from './control-api.js';

export interface KeyUsesOptions {
  readonly control: Pick<ControlApi, 'post'>;
  /** Called when a report failed, with what control threw; its uses go with the next. */
  readonly onReportFailed: (error: unknown) => void;
}

interface Use {
  readonly tenant: TenantId;
  readonly key: string;
  usedAtMs: number;
}

const REPORT_MS = 60_000;
/** Keeps a report's body small. */
const MAX_USES_IN_A_REPORT = 500;

/** When keys were used last, told to control once a minute, so that people see which keys nobody uses. */
export class KeyUses {
  private readonly uses = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KeyUsesOptions) {}

  note(tenant: TenantId, key: string, usedAtMs: number): void {
    const use = this.uses.get(key);
    if (use?.tenant === tenant) use.usedAtMs = usedAtMs;
    else this.uses.set(key, { tenant, key, usedAtMs });
  }

  start(): void {
    this.timer = setInterval(() => void this.report(), REPORT_MS).unref();
  }

  /** Reports for the last time. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.report();
  }

  private async report(): Promise<void> {
    const uses = [...this.uses.values()];
    this.uses.clear();
    try {
      while (uses.length > 0) {
        const some = uses.slice(0, MAX_USES_IN_A_REPORT);
        await this.options.control.post('/v1/key-uses', {
          uses: some.map(({ tenant, key, usedAtMs }) => ({ tenant, key, usedAt: new Date(usedAtMs).toISOString() })),
        });
        uses.splice(0, some.length);
      }
    } catch (error) {
      // A use that was noted meanwhile is a later one.
      for (const use of uses) if (!this.uses.has(use.key)) this.uses.set(use.key, use);
      this.options.onReportFailed(error);
    }
  }
}
