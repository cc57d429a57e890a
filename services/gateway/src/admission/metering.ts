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

/** How a request that goes on stands with one of its meters. */
interface Place {
  readonly meter: string;
  readonly outcome: QuotaOutcome;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
}

const RETRY_UNKNOWN_SECONDS = 5;

/** What a request costs: its place in the quota before it is worked on, its count once there is an answer. */
export class Metering {
  constructor(private readonly parts: MeteringParts) {}

  /**
   * Does the work if the tenant's quotas have a unit of each meter left, and counts one of each when it is done. Work that throws
   * is not counted, and so not paid for. The units of what is not paid for go back to the quotas.
   *
   * @param worth the meters of what the answer turned out to be; all of them unless said otherwise
   * @throws Problem `quota-used-up`, `quota-unknown`
   */
  async charge<Answer>(
    tenant: Tenant,
    meters: readonly string[],
    work: () => Answer | Promise<Answer>,
    worth: (answer: Answer) => readonly string[] = () => meters,
  ): Promise<Answer> {
    const places: Place[] = [];
    let owed: readonly string[] = [];
    try {
      for (const meter of meters) {
        const takenAtMs = this.parts.nowMs();
        const outcome = this.take(tenant, meter);
        places.push({ meter, outcome: outcome instanceof Promise ? await outcome : outcome, takenAtMs });
      }
      const answer = await work();
      owed = worth(answer);
      for (const meter of owed) this.parts.usage.count(tenant.id, meter);
      return answer;
    } finally {
      for (const place of places) this.settle(tenant, place, owed.includes(place.meter));
    }
  }

  /** A promise only where one has to wait for a lease. */
  private take(tenant: Tenant, meter: string): QuotaOutcome | Promise<QuotaOutcome> {
    const { leases, onQuota } = this.parts;
    if (tenant.allowance.limits[meter] === undefined) {
      onQuota('unlimited');
      return 'unlimited';
    }
    const taken = leases?.take(tenant.id, meter) ?? 'unknown';
    return taken instanceof Promise
      ? taken.then((later) => this.decide(tenant, meter, later))
      : this.decide(tenant, meter, taken);
  }

  private decide({ allowance }: Tenant, meter: string, taken: Taken): QuotaOutcome {
    const { onQuota } = this.parts;
    switch (taken) {
      case 'granted':
        onQuota('granted');
        return 'granted';
      case 'used-up':
        onQuota('used-up');
        throw this.usedUp(meter, allowance.plan);
      case 'unknown':
        if (allowance.whileUnknown === 'refuse') {
          onQuota('refused-unknown');
          throw QUOTA_UNKNOWN;
        }
        onQuota('served-unknown');
        return 'served-unknown';
    }
  }

  private settle({ id }: Tenant, { meter, outcome, takenAtMs }: Place, isOwed: boolean): void {
    const { leases } = this.parts;
    if (outcome === 'granted' && !isOwed) leases?.putBack(id, meter, takenAtMs);
    if (outcome === 'served-unknown' && isOwed) leases?.countUnleased(id, meter);
  }

  private usedUp(meter: string, plan: string): Problem {
    const nowMs = this.parts.nowMs();
    return new Problem({
      status: 429,
      code: 'quota-used-up',
      reason: `The plan ${plan} allows no more ${meter} this month.`,
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
