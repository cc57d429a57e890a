import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { onDatabase } from './errors.js';
import { PrismaClient } from './generated/client.js';
import { Audit } from './audit.js';
import { makeChange, type Change, type ChangeCause, type MadeChange } from './change.js';
import { Invoices } from './invoices.js';
import { Items } from './items.js';
import { Keys } from './keys.js';
import { migrate } from './migrate.js';
import { OutboxSession } from './outbox-session.js';
import { Outbox } from './outbox.js';
import { noteMissingOrigins } from './offer-origins.js';
import { Outcomes } from './outcomes.js';
import { PictureFetches } from './picture-fetches.js';
import { Pictures } from './pictures.js';
import { Plans } from './plans.js';
import { Positions } from './positions.js';
import { PromotedModels } from './promoted-models.js';
import { QuotaLeases } from './quota-leases.js';
import { Sessions } from './sessions.js';
import { Tenants } from './tenants.js';
import { Usage } from './usage.js';
import { Users } from './users.js';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database` */
  readonly url: string;
  /** An idle connection was lost; the next use opens another. */
  readonly onConnectionLost: (error: Error) => void;
}

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 2_000;
/**
 * Ends a query whose answer can't come any more, for example from a frozen machine, and a statement whose answer nobody waits for
 * any more, with its locks.
 */
const QUERY_TIMEOUT_MS = 15_000;

/** The back office's Postgres. Connects when it is first used; a lost connection is replaced at the next use. */
export class Database {
  readonly tenants: Tenants;
  readonly keys: Keys;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly items: Items;
  readonly pictures: Pictures;
  readonly pictureFetches: PictureFetches;
  readonly promotedModels: PromotedModels;
  readonly outcomes: Outcomes;
  readonly usage: Usage;
  readonly positions: Positions;
  readonly plans: Plans;
  readonly quotaLeases: QuotaLeases;
  readonly invoices: Invoices;
  readonly outbox: Outbox;
  private readonly pool: Pool;
  private readonly prisma: PrismaClient;

  constructor(private readonly options: DatabaseOptions) {
    this.pool = new Pool({
      connectionString: options.url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      statement_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'offerstream-control',
    });
    this.pool.on('error', options.onConnectionLost);
    const adapter = new PrismaPg(this.pool, { onConnectionError: options.onConnectionLost });
    this.prisma = new PrismaClient({ adapter });
    this.tenants = new Tenants(this.prisma);
    this.keys = new Keys(this.prisma);
    this.users = new Users(this.prisma);
    this.sessions = new Sessions(this.prisma);
    this.audit = new Audit(this.prisma);
    this.items = new Items(this.prisma, this.pool);
    this.pictures = new Pictures(this.prisma);
    this.pictureFetches = new PictureFetches(this.prisma);
    this.promotedModels = new PromotedModels(this.prisma);
    this.outcomes = new Outcomes(this.pool);
    this.usage = new Usage(this.pool);
    this.positions = new Positions(this.pool);
    this.plans = new Plans(this.prisma);
    this.quotaLeases = new QuotaLeases(this.pool);
    this.invoices = new Invoices(this.prisma);
    this.outbox = new Outbox(this.prisma);
  }

  /**
   * Makes a change: what the methods write that are given it holds together, or not at all.
   *
   * @param work returns the answer, plain JSON without secrets; what it throws undoes everything.
   * @throws DatabaseUnavailable, IdempotencyKeyReused
   */
  change<Answer>(cause: ChangeCause, work: (change: Change) => Promise<Answer>): Promise<MadeChange<Answer>> {
    return makeChange(this.prisma, cause, work);
  }

  /** Brings the tables up to date; safe when several instances start together. @throws DatabaseUnavailable */
  async migrate(): Promise<readonly string[]> {
    const ran = await migrate(this.options.url);
    await onDatabase(() => noteMissingOrigins(this.prisma));
    return ran;
  }

  /** The relay's own connection. @throws DatabaseUnavailable */
  openOutboxSession(onChange: () => void): Promise<OutboxSession> {
    return OutboxSession.open(this.options.url, onChange);
  }

  /** Resolves when Postgres answers. @throws DatabaseUnavailable */
  async ping(): Promise<void> {
    await onDatabase(() => this.prisma.$queryRaw`SELECT 1`);
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}
