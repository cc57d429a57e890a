export interface Condition {
  readonly ok: boolean;
  readonly reason: string;
}

export type Check = () => Condition;

/**
 * Readiness: can the service do its work now? A service adds what it knows; the admin server asks. There is nothing to add to
 * liveness: a service that only a restart can help (a bug, a stalled consumer) ends its process, so one that answers lives.
 */
export class Health {
  private readonly readiness = new Map<string, Check>();

  addReadiness(name: string, check: Check): void {
    this.readiness.set(name, check);
  }

  ready(): HealthReport {
    const results = [...this.readiness].map(([name, check]) => [name, check()] as const);
    return { ok: results.every(([, condition]) => condition.ok), checks: Object.fromEntries(results) };
  }
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, Condition>>;
}
