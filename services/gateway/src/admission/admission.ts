import { QuotaLeases, UsageMeter, type UsageSink } from '@offerstream/billing';
import type { Authenticator } from '@offerstream/http-api';
import { ControlApi, KeyUses, type ControlAccess } from '@offerstream/service-kit';
import type { TenantTable } from '@offerstream/tenancy';
import type { FastifyInstance } from 'fastify';
import { quotaLessor } from '../control/quota-lessor.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { KeyAuthenticator } from './key-authenticator.js';
import { limitRequests } from './limit-requests.js';
import { Metering } from './metering.js';
import { RateLimits } from './rate-limits.js';

/** Who is let in, how fast, how often, and what is counted of it. */
export interface Admission {
  readonly authenticator: Authenticator;
  readonly metering: Pick<Metering, 'charge' | 'reserve'>;
  /** Holds requests to their limits from the server's start on. */
  limit(fastify: FastifyInstance): void;
  start(): void;
  /** Gives back what is left of the quotas, and tells for the last time what was used. */
  close(): Promise<void>;
}

export interface AdmissionParts {
  /** Names this run of this process, to who sums up what replicas say. */
  readonly run: string;
  readonly tenants: TenantTable;
  readonly usage: UsageSink;
  /** Time between two tellings of the counts to it. */
  readonly usageFlushMs: number;
  /** Where quotas are leased and uses of keys are told. */
  readonly control: ControlAccess | undefined;
  readonly metrics: Pick<GatewayMetrics, 'quota'>;
  readonly warn: (context: string, message: string) => void;
}

/** How long a request waits for a lease before it counts as unknown how much is left. */
const LEASE_WAIT_MS = 500;

/** By keys, and by what the plan of their tenant allows. */
export const keysAndPlans = ({
  run,
  tenants,
  usage: sink,
  usageFlushMs,
  control: access,
  metrics,
  warn,
}: AdmissionParts): Admission => {
  const usage = new UsageMeter({
    source: 'gateway',
    epoch: run,
    sink,
    flushMs: usageFlushMs,
    nowMs: Date.now,
    onFlushFailed: (error) => warn('usage', `counts wait for Kafka: ${String(error)}`),
  });
  const control = access === undefined ? undefined : new ControlApi(access);
  const leases =
    control === undefined
      ? undefined
      : new QuotaLeases({
          lessor: quotaLessor(control, run),
          nowMs: Date.now,
          waitMs: LEASE_WAIT_MS,
          onLessorFailed: (error) => warn('quotas', String(error)),
        });
  const keyUses =
    control === undefined
      ? undefined
      : new KeyUses({ control, onReportFailed: (error) => warn('keys', `last uses wait: ${String(error)}`) });
  return {
    authenticator: new KeyAuthenticator(tenants.keys, Date.now, (tenant, id, atMs) => keyUses?.note(tenant, id, atMs)),
    metering: new Metering({ usage, leases, nowMs: Date.now, onQuota: (outcome) => metrics.quota(outcome) }),
    limit: (fastify) => limitRequests(fastify, new RateLimits(), (tenant) => tenants.get(tenant)?.allowance),
    start() {
      usage.start();
      leases?.start();
      keyUses?.start();
    },
    async close() {
      await leases?.close().catch((error: unknown) => warn('quotas', `leases are not given back: ${String(error)}`));
      await keyUses?.close();
      await usage.close().catch((error: unknown) => warn('usage', `the last counts are lost: ${String(error)}`));
    },
  };
};
