export interface Condition {
  readonly ok: boolean;
  readonly reason: string;
}

export type Check = () => Condition;

/**
 * Liveness: is a restart needed? Readiness: can it do its work now? A service adds what it knows; both are asked by the admin
 * server. A dead dependency makes a service not ready, never not live.
 */
export class Health {
  private readonly liveness = new Map<string, Check>();
  private readonly readiness = new Map<string, Check>();

  addLiveness(name: string, check: Check): void {
    this.liveness.set(name, check);
  }

  addReadiness(name: string, check: Check): void {
    this.readiness.set(name, check);
  }

  live(): HealthReport {
    return report(this.liveness);
  }

  ready(): HealthReport {
    return report(new Map([...this.liveness, ...this.readiness]));
  }
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, Condition>>;
}

const report = (checks: ReadonlyMap<string, Check>): HealthReport => {
  const results = [...checks].map(([name, check]) => [name, check()] as const);
  return { ok: results.every(([, condition]) => condition.ok), checks: Object.fromEntries(results) };
};
