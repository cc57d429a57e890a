import type { TenantId } from '@offerstream/contracts';
import { monthEndMs, monthOf, type Month } from './calendar-month.js';

/** What a replica asks for and says about one meter of one tenant. Counts are cumulative, so that repeats change nothing. */
export interface LeaseRequest {
  readonly tenant: TenantId;
  readonly meter: string;
  readonly month: Month;
  /** Units of the lease that are not spent yet; a grant fills it up. */
  readonly held: number;
  /** Units of the request that waits longest, 1 when none waits. A lease smaller than that would be of no use. */
  readonly needed: number;
  /** Units that this replica has served in the month without a lease. */
  readonly unleased: number;
}

export interface LeaseGrant {
  /** Units on top of what is held. */
  readonly units: number;
  /** Units of the month that nobody has been granted after this. */
  readonly remaining: number;
}

/** A replica's last word about one meter of one tenant. */
export interface LeaseReturn {
  readonly tenant: TenantId;
  readonly meter: string;
  readonly month: Month;
  /** Units of its leases that it has spent in the month; the rest of what it was granted can be granted again. */
  readonly spent: number;
  readonly unleased: number;
}

/** Who grants leases: the back office. Both calls may be repeated. */
export interface QuotaLessor {
  /**
   * One grant for each request, in their order. Without requests it says only that this replica is alive, so that the others'
   * leases leave it its share.
   */
  lease(requests: readonly LeaseRequest[]): Promise<readonly LeaseGrant[]>;
  /** The replica ends: nothing is asked for after this. */
  giveBack(returns: readonly LeaseReturn[]): Promise<void>;
}

/** `unknown`: nobody can say at the moment; the tenant's plan says what then. */
export type Taken = 'granted' | 'used-up' | 'unknown';

export interface QuotaLeasesOptions {
  readonly lessor: QuotaLessor;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** How long the lessor may take to answer before those who wait for it are told `unknown`, in milliseconds. */
  readonly waitMs: number;
  /** Called with what the lessor threw; it is asked again in a second. */
  readonly onLessorFailed: (error: unknown) => void;
}

/** How long after a failure the lessor is asked again, and after how long a used up quota may have been raised. */
export const ASK_AGAIN_MS = 1_000;
/** How often a replica says that it is alive. The lessor counts those of the last 30 s. */
export const ALIVE_MS = 10_000;
/** Keeps a call's body small. */
const MAX_LEASES_IN_A_CALL = 500;

/**
 * A replica's side of the quotas: it spends leases of them locally, so that no request waits for the back office. The next lease
 * is asked for while half of the last is left; all that is due goes in one call, one call at a time.
 */
export class QuotaLeases {
  private month: Month;
  private monthEndMs: number;
  private leases = new Map<TenantId, Map<string, Lease>>();
  /** To be asked for with the next call. */
  private readonly due: Lease[] = [];
  /** In the call under way. */
  private asked: readonly Lease[] = [];
  private call: Promise<void> = Promise.resolve();
  private isCalling = false;
  private isAway = false;
  private isClosed = false;
  private pause: NodeJS.Timeout | undefined;
  private alive: NodeJS.Timeout | undefined;

  constructor(private readonly options: QuotaLeasesOptions) {
    this.month = monthOf(options.nowMs());
    this.monthEndMs = monthEndMs(this.month);
  }

  /** Tells the lessor from now on that this replica is alive. */
  start(): void {
    this.alive = setInterval(() => this.wake(), ALIVE_MS).unref();
    this.wake();
  }

  /**
   * Takes units (at least 1) of a tenant's quota of this month, all or none. Answers at once while the lease has them; a promise
   * only while the next lease is on its way. After `unknown`, units that are served all the same go to {@link countUnleased}.
   */
  take(tenant: TenantId, meter: string, units = 1): Taken | Promise<Taken> {
    const lease = this.leaseOf(tenant, meter);
    if (lease.held < units || lease.waiting.length > 0) return this.takeLater(lease, units);
    lease.spend(units);
    if (lease.held <= lease.askAt) this.ask(lease);
    return 'granted';
  }

  /**
   * Puts back units that were granted and are not paid for: who takes next has them. Those that were taken before the month turned,
   * or come after the leases were closed, are gone with their lease.
   *
   * @param takenAtMs when they were taken, in milliseconds since 1970
   */
  putBack(tenant: TenantId, meter: string, takenAtMs: number, units = 1): void {
    const lease = this.leaseOf(tenant, meter);
    if (lease.month !== monthOf(takenAtMs) || this.isClosed) return;
    lease.spend(-units);
    lease.answerWaiting();
  }

  /** Counts units that were served without a lease; they are settled with the lessor as soon as it answers. */
  countUnleased(tenant: TenantId, meter: string, units = 1): void {
    const lease = this.leaseOf(tenant, meter);
    lease.unleased += units;
    this.ask(lease);
  }

  /** About how many units of the month are left for all replicas; undefined while nobody has said. */
  remaining(tenant: TenantId, meter: string): number | undefined {
    const lease = this.leaseOf(tenant, meter);
    return lease.remaining === undefined ? undefined : lease.remaining + lease.held;
  }

  /** Whether the lessor did not answer when it was asked last. */
  get isLessorAway(): boolean {
    return this.isAway;
  }

  /** Gives back what is left; from then on every take is `unknown`. @throws what the lessor throws; then the rest counts as used */
  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.alive);
    clearTimeout(this.pause);
    await this.call;
    const returns: LeaseReturn[] = [];
    for (const lease of [...this.leases.values()].flatMap((ofTenant) => [...ofTenant.values()])) {
      lease.held = 0;
      lease.giveUpWaiting();
      const { tenant, meter, month, spent, unleased } = lease;
      returns.push({ tenant, meter, month, spent, unleased });
    }
    while (returns.length > 0) await this.options.lessor.giveBack(returns.splice(0, MAX_LEASES_IN_A_CALL));
  }

  private takeLater(lease: Lease, units: number): Taken | Promise<Taken> {
    if (lease.isUsedUp) {
      if (this.options.nowMs() >= lease.askAgainAtMs) this.ask(lease);
      return 'used-up';
    }
    this.ask(lease);
    if (this.isAway || this.isClosed) return 'unknown';
    return new Promise((resolve) => lease.waiting.push({ units, resolve }));
  }

  private leaseOf(tenant: TenantId, meter: string): Lease {
    if (this.options.nowMs() >= this.monthEndMs) this.turnMonth();
    let ofTenant = this.leases.get(tenant);
    if (ofTenant === undefined) {
      ofTenant = new Map();
      this.leases.set(tenant, ofTenant);
    }
    let lease = ofTenant.get(meter);
    if (lease === undefined) {
      lease = new Lease(tenant, meter, this.month);
      ofTenant.set(meter, lease);
    }
    return lease;
  }

  /** The old month's quotas are over, and with them what is held of them. Who waits for one still gets its answer. */
  private turnMonth(): void {
    this.month = monthOf(this.options.nowMs());
    this.monthEndMs = monthEndMs(this.month);
    this.leases = new Map();
  }

  private ask(lease: Lease): void {
    if (lease.isAsking || this.isClosed) return;
    lease.isAsking = true;
    this.due.push(lease);
    this.wake();
  }

  private wake(): void {
    if (this.isCalling || this.pause !== undefined || this.isClosed) return;
    this.isCalling = true;
    this.call = this.callWhileDue();
  }

  private async callWhileDue(): Promise<void> {
    // What becomes due in the same moment goes in one call.
    await Promise.resolve();
    let answered: boolean;
    do answered = await this.callOnce();
    while (answered && this.due.length > 0 && !this.isClosed);
    this.isCalling = false;
    if (answered || this.isClosed) return;
    this.pause = setTimeout(() => {
      this.pause = undefined;
      this.wake();
    }, ASK_AGAIN_MS).unref();
  }

  /** @returns whether the lessor answered. */
  private async callOnce(): Promise<boolean> {
    const leases = this.due.splice(0, MAX_LEASES_IN_A_CALL);
    this.asked = leases;
    const requests = leases.map((lease) => lease.request());
    const patience = setTimeout(() => this.letNobodyWait(), this.options.waitMs);
    try {
      const grants = await this.options.lessor.lease(requests);
      if (grants.length !== leases.length) throw new Error('The lessor did not answer each request.');
      this.isAway = false;
      for (const [index, lease] of leases.entries()) {
        const { [index]: request } = requests;
        const { [index]: grant } = grants;
        if (request !== undefined && grant !== undefined) this.fill(lease, request, grant);
      }
      return true;
    } catch (error) {
      this.options.onLessorFailed(error);
      this.due.unshift(...leases);
      this.letNobodyWait();
      return false;
    } finally {
      this.asked = [];
      clearTimeout(patience);
    }
  }

  private fill(lease: Lease, request: LeaseRequest, grant: LeaseGrant): void {
    lease.isAsking = false;
    lease.held += grant.units;
    lease.remaining = grant.remaining;
    lease.askAt = Math.floor(lease.held / 2);
    if (lease.isUsedUp) lease.askAgainAtMs = this.options.nowMs() + ASK_AGAIN_MS;
    lease.answerWaiting();
    // It was asked for more than was held, and gives nothing: nobody can wait for that.
    if (grant.units === 0 && request.needed > request.held) lease.giveUpWaiting();
    const isLow = grant.units > 0 && lease.held <= lease.askAt && !lease.isUsedUp;
    if (isLow || lease.waiting.length > 0 || lease.unleased > request.unleased) this.ask(lease);
  }

  private letNobodyWait(): void {
    this.isAway = true;
    for (const lease of [...this.asked, ...this.due]) lease.giveUpWaiting();
  }
}

interface Waiting {
  readonly units: number;
  readonly resolve: (taken: Taken) => void;
}

/** The replica's share of one meter of one tenant in one month. */
class Lease {
  /** Units that are granted and not spent. */
  held = 0;
  spent = 0;
  unleased = 0;
  /** The next lease is asked for when no more than this is held: early enough that nobody waits for it. */
  askAt = 0;
  /** What the last grant left of the month; undefined before the first. */
  remaining: number | undefined;
  /** Is due, or in the call under way. */
  isAsking = false;
  /** A used up quota is not asked about before that. */
  askAgainAtMs = 0;
  readonly waiting: Waiting[] = [];

  constructor(
    readonly tenant: TenantId,
    readonly meter: string,
    readonly month: Month,
  ) {}

  get isUsedUp(): boolean {
    return this.remaining === 0;
  }

  spend(units: number): void {
    this.held -= units;
    this.spent += units;
  }

  request(): LeaseRequest {
    const { tenant, meter, month, held, unleased } = this;
    return { tenant, meter, month, held, needed: this.waiting[0]?.units ?? 1, unleased };
  }

  /** Answers those who wait as far as the lease reaches, and all of them when nothing remains. */
  answerWaiting(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      const isGranted = first.units <= this.held;
      if (!isGranted && !this.isUsedUp) return;
      this.waiting.shift();
      if (isGranted) this.spend(first.units);
      first.resolve(isGranted ? 'granted' : 'used-up');
    }
  }

  giveUpWaiting(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve('unknown');
  }
}
