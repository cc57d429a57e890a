import { monthEndMs, monthOf, type QuotaLeases, type Taken, type UsageMeter } from '@offerstream/billing';
import type { Tenant } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';

/** How a request stood with its tenant's quota. `unlimited`: the plan has no limit for its meter. */
export type QuotaOutcome = 'unlimited' | 'granted' | 'used-up' | 'served-unknown' | 'refused-unknown';

export interface MeteringParts {
  readonly usage: Pick<UsageMeter, 'count'>;
  /** Undefined where there is no control to lease from: then nobody can say how much is left. */
  readonly leases: Pick<QuotaLeases, 'take' | 'putBack' | 'countUnleased'> | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onQuota: (outcome: QuotaOutcome) => void;
}

export interface ChargeOptions<Answer> {
  /** What the request costs of each meter; 1 if left out. */
  readonly units?: number;
  /** The meters of what the answer turned out to be; all of them if left out. */
  readonly worth?: (answer: Answer) => readonly string[];
}

/** Units of a meter that a request may use, taken from the quota before it is worked on. */
export interface Reservation {
  /** Counts what was used of them, at most as many, and gives the rest back to the quota. Once; no more is paid for. */
  settle(units: number): void;
}

/** What was taken, and how the request stood with the quota then. */
interface Taking {
  readonly meter: string;
  readonly outcome: QuotaOutcome;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  readonly units: number;
}

const RETRY_UNKNOWN_SECONDS = 5;

/** What a request costs: its place in the quota before it is worked on, its count once there is an answer. */
export class Metering {
  constructor(private readonly parts: MeteringParts) {}

  /**
   * Does the work if the tenant's quotas have the units of each meter left, and counts them when it is done. Work that throws is not
   * counted, and so not paid for. The units of what is not paid for go back to the quotas.
   *
   * @throws Problem `quota-used-up`, `quota-unknown`
   */
  async charge<Answer>(
    tenant: Tenant,
    meters: readonly string[],
    work: () => Answer | Promise<Answer>,
    { units = 1, worth = () => meters }: ChargeOptions<Answer> = {},
  ): Promise<Answer> {
    const reserved: (readonly [meter: string, Reservation])[] = [];
    let owed: readonly string[] = [];
    try {
      for (const meter of meters) {
        const reservation = this.reserve(tenant, meter, units);
        reserved.push([meter, reservation instanceof Promise ? await reservation : reservation]);
      }
      const answer = await work();
      owed = worth(answer);
      return answer;
    } finally {
      for (const [meter, reservation] of reserved) reservation.settle(owed.includes(meter) ? units : 0);
    }
  }

  /**
   * Takes as many units as a request may use at most. A promise only where one has to wait for a lease.
   *
   * @param units at least 1
   * @throws Problem `quota-used-up`, `quota-unknown`
   */
  reserve(tenant: Tenant, meter: string, units: number): Reservation | Promise<Reservation> {
    const { leases, nowMs } = this.parts;
    const takenAtMs = nowMs();
    const reservation = (outcome: QuotaOutcome): Reservation => ({
      settle: (used) => this.settle(tenant, { meter, outcome, takenAtMs, units }, used),
    });
    if (tenant.allowance.limits[meter] === undefined) {
      this.parts.onQuota('unlimited');
      return reservation('unlimited');
    }
    const taken = leases?.take(tenant.id, meter, units) ?? 'unknown';
    return taken instanceof Promise
      ? taken.then((later) => reservation(this.decide(tenant, meter, units, later)))
      : reservation(this.decide(tenant, meter, units, taken));
  }

  private decide({ allowance }: Tenant, meter: string, units: number, taken: Taken): QuotaOutcome {
    const { onQuota } = this.parts;
    switch (taken) {
      case 'granted':
        onQuota('granted');
        return 'granted';
      case 'used-up':
        onQuota('used-up');
        throw this.usedUp(meter, units, allowance.plan);
      case 'unknown':
        if (allowance.whileUnknown === 'refuse') {
          onQuota('refused-unknown');
          throw QUOTA_UNKNOWN;
        }
        onQuota('served-unknown');
        return 'served-unknown';
    }
  }

  private settle({ id }: Tenant, { meter, outcome, takenAtMs, units }: Taking, used: number): void {
    const { leases, usage } = this.parts;
    if (used > 0) usage.count(id, meter, used);
    if (outcome === 'granted' && used < units) leases?.putBack(id, meter, takenAtMs, units - used);
    if (outcome === 'served-unknown' && used > 0) leases?.countUnleased(id, meter, used);
  }

  private usedUp(meter: string, units: number, plan: string): Problem {
    const nowMs = this.parts.nowMs();
    return new Problem({
      status: 429,
      code: 'quota-used-up',
      reason:
        units === 1
          ? `The plan ${plan} allows no more ${meter} this month.`
          : `The plan ${plan} allows no ${units} more ${meter} this month, as many as the request may take.`,
      fix: 'Take a plan that allows more, or come again after Retry-After, when the next month begins (UTC).',
      retryAfterSeconds: Math.ceil((monthEndMs(monthOf(nowMs)) - nowMs) / 1_000),
    });
  }
}

const QUOTA_UNKNOWN = new Problem({
  status: 503,
  code: 'quota-unknown',
  reason: 'Nobody can say at the moment how much of the quota is left, and the plan has requests refused then.',
  fix: 'Send the request again after Retry-After.',
  retryAfterSeconds: RETRY_UNKNOWN_SECONDS,
});
