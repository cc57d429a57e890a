import {
  promotedModelSchema,
  type CatalogItem,
  type ItemId,
  type PromotedModel,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import type { KeyKind, KeyMode, Role, Scope } from '@offerstream/tenancy';
import { z } from 'zod';
import {
  auditRecordAnswer,
  importAnswer,
  invoiceAnswer,
  issuedAnswer,
  keyAnswer,
  madeKeyAnswer,
  outcomesAnswer,
  pictureAnswer,
  planAnswer,
  sessionAnswer,
  signUpAnswer,
  tenantAnswer,
  tenantPlanAnswer,
  usageAnswer,
  userAnswer,
  type AuditRecord,
  type IssuedInvoices,
  type MadeKey,
  type OutcomeKey,
  type OutcomesReport,
  type Session,
  type ShownInvoice,
  type ShownKey,
  type ShownPicture,
  type ShownPlan,
  type ShownTenant,
  type ShownUser,
  type SignedUp,
  type TenantPlan,
  type UsageReport,
  type UsageStep,
} from './answers.js';
import { ControlRequests, type ControlClientOptions } from './control-requests.js';

export interface TenantSettings {
  readonly id: TenantId;
  readonly consent: Tenant['consent'];
  /** All of them: a placement that is left out is gone. */
  readonly placements: readonly Tenant['placements'][number][];
  /** From which its items' pictures are fetched; left out, they stay as they are. */
  readonly pictureHosts?: readonly string[];
}

export interface KeyRequest {
  /** Where it is used. */
  readonly purpose: string;
  readonly kind: KeyKind;
  readonly mode?: KeyMode;
  /** Left out: all that a key of the kind may. */
  readonly scopes?: readonly Scope[];
  readonly expiresAt?: string;
  /** A write key of one's own; left out, one is made. */
  readonly key?: string;
}

export interface Promotion {
  readonly tenant: TenantId;
  /** Folder in the model repository. */
  readonly name: string;
  readonly version: string;
  readonly family: string;
  /** The tenant's most popular items, best first, at most 100. */
  readonly popular: readonly ItemId[];
}

export interface OutcomesQuery {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly by?: readonly OutcomeKey[] | undefined;
  /** For how many days after it a purchase is owed to a click. */
  readonly windowDays?: number | undefined;
}

export interface UsageQuery {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly by?: UsageStep | undefined;
}

export type ItemErrors = readonly {
  /** Which of the items, counted from 1. */
  readonly number: number;
  readonly code: string;
  readonly reason: string;
}[];

export interface PutItemsResult {
  readonly accepted: number;
  readonly failed: number;
  /** The first {@link MAX_REPORTED_ERRORS} of those that failed. */
  readonly errors: ItemErrors;
}

export const MAX_REPORTED_ERRORS = 1_000;
const REQUEST_ITEMS = 5_000;
const REQUEST_LENGTH = 8 * 1024 * 1024;
const PAGE_ENTRIES = 1_000;

/** The back office's API for programs. What puts may be repeated: what is the same already stays as it is. */
export class ControlClient {
  private readonly requests: ControlRequests;

  constructor(options: ControlClientOptions) {
    this.requests = new ControlRequests(options);
  }

  /** Creates a tenant, its owner and a session of his. @throws ControlError */
  signUp(body: {
    readonly tenant: string;
    readonly email: string;
    readonly password: string;
    readonly name?: string;
  }): Promise<SignedUp> {
    return this.requests.send(signUpAnswer, { method: 'POST', path: '/v1/sign-ups', body });
  }

  /** @throws ControlError */
  signIn(body: { readonly tenant: string; readonly email: string; readonly password: string }): Promise<Session> {
    return this.requests.send(sessionAnswer, { method: 'POST', path: '/v1/sessions', body });
  }

  /** Ends the session whose token this client has. @throws ControlError */
  async signOut(): Promise<void> {
    await this.requests.send(z.unknown(), { method: 'DELETE', path: '/v1/sessions/current' });
  }

  /** All tenants, for the admin. @throws ControlError */
  listTenants(): Promise<readonly ShownTenant[]> {
    return this.all('tenants', tenantAnswer, '/v1/tenants');
  }

  /** @throws ControlError */
  getTenant(tenant: TenantId): Promise<ShownTenant> {
    return this.requests.send(tenantAnswer, { method: 'GET', path: pathOf(tenant) });
  }

  /**
   * Creates or changes a tenant.
   *
   * @param ifVersion the version that must be the current one; left out: any, or none
   * @throws ControlError
   */
  putTenant({ id, ...body }: TenantSettings, ifVersion?: number): Promise<ShownTenant> {
    return this.requests.send(tenantAnswer, { method: 'PUT', path: pathOf(id), body, ifVersion });
  }

  /** Live keys, oldest first. @throws ControlError */
  listKeys(tenant: TenantId): Promise<readonly ShownKey[]> {
    return this.all('keys', keyAnswer, pathOf(tenant, 'keys'));
  }

  /** Makes a key, or takes the given write key, which may be repeated. @throws ControlError */
  createKey(tenant: TenantId, body: KeyRequest): Promise<MadeKey> {
    return this.requests.send(madeKeyAnswer, { method: 'POST', path: pathOf(tenant, 'keys'), body });
  }

  /** Makes a key that takes over from another, which is good for `overlapSeconds` more, a day by default. @throws ControlError */
  rotateKey(
    tenant: TenantId,
    id: string,
    body: { readonly overlapSeconds?: number; readonly expiresAt?: string } = {},
  ): Promise<MadeKey> {
    return this.requests.send(madeKeyAnswer, { method: 'POST', path: pathOf(tenant, 'keys', id, 'rotation'), body });
  }

  /** @throws ControlError */
  async revokeKey(tenant: TenantId, id: string): Promise<void> {
    await this.requests.send(z.unknown(), { method: 'DELETE', path: pathOf(tenant, 'keys', id) });
  }

  /** @throws ControlError */
  listUsers(tenant: TenantId): Promise<readonly ShownUser[]> {
    return this.all('users', userAnswer, pathOf(tenant, 'users'));
  }

  /** @throws ControlError */
  createUser(
    tenant: TenantId,
    body: { readonly email: string; readonly password: string; readonly role: Role; readonly name?: string },
  ): Promise<ShownUser> {
    return this.requests.send(userAnswer, { method: 'POST', path: pathOf(tenant, 'users'), body });
  }

  /** @param ifVersion the version that must be the current one; left out: any @throws ControlError */
  setUserRole(tenant: TenantId, id: string, role: Role, ifVersion?: number): Promise<ShownUser> {
    return this.requests.send(userAnswer, {
      method: 'PUT',
      path: pathOf(tenant, 'users', id),
      body: { role },
      ifVersion,
    });
  }

  /** @throws ControlError */
  async removeUser(tenant: TenantId, id: string): Promise<void> {
    await this.requests.send(z.unknown(), { method: 'DELETE', path: pathOf(tenant, 'users', id) });
  }

  /** The newest changes in a tenant, newest first. @param limit at most 1,000 @throws ControlError */
  async listAudit(tenant: TenantId, limit: number): Promise<readonly AuditRecord[]> {
    const path = `${pathOf(tenant, 'audit')}?limit=${limit}`;
    return (await this.requests.send(z.object({ records: z.array(auditRecordAnswer) }), { method: 'GET', path }))
      .records;
  }

  /**
   * Creates or replaces items. They are sent as they come, some thousands in a request; an item that is refused stops nobody.
   *
   * @param onProgress is told after each request how many items were accepted and failed so far.
   * @throws ControlError; what was accepted before stays.
   */
  async putItems(
    tenant: TenantId,
    items: AsyncIterable<CatalogItem> | Iterable<CatalogItem>,
    onProgress: (progress: { readonly accepted: number; readonly failed: number }) => void = () => undefined,
  ): Promise<PutItemsResult> {
    let accepted = 0;
    let failed = 0;
    const errors: ItemErrors[number][] = [];
    for await (const lines of requestsOf(items)) {
      const before = accepted + failed;
      const path = `/v1/catalog/items?tenant=${encodeURIComponent(tenant)}`;
      const result = await this.requests.send(importAnswer, { method: 'POST', path, lines });
      accepted += result.accepted;
      failed += result.failed;
      for (const { line, code, reason } of result.errors.slice(0, MAX_REPORTED_ERRORS - errors.length)) {
        errors.push({ number: before + line, code, reason });
      }
      onProgress({ accepted, failed });
    }
    return { accepted, failed, errors };
  }

  /** Takes an item out of the catalog, with its picture. @throws ControlError */
  async removeItem(tenant: TenantId, item: string): Promise<void> {
    const path = `/v1/catalog/items/${encodeURIComponent(item)}?tenant=${encodeURIComponent(tenant)}`;
    await this.requests.send(z.unknown(), { method: 'DELETE', path });
  }

  /**
   * Gives an item a picture, or another one.
   *
   * @param photo a JPEG, PNG or WebP
   * @throws ControlError
   */
  putPicture(tenant: TenantId, item: string, photo: Uint8Array<ArrayBuffer>): Promise<ShownPicture> {
    const path = `/v1/catalog/items/${encodeURIComponent(item)}/picture?tenant=${encodeURIComponent(tenant)}`;
    return this.requests.send(pictureAnswer, { method: 'PUT', path, photo });
  }

  /** Which items of a tenant have a picture. @throws ControlError */
  listPictures(tenant: TenantId): Promise<readonly ShownPicture[]> {
    return this.all('pictures', pictureAnswer, '/v1/catalog/pictures', { tenant });
  }

  /** Which version of each of a tenant's models serves. @throws ControlError */
  listModels(tenant: TenantId): Promise<readonly PromotedModel[]> {
    return this.all('models', promotedModelSchema, '/v1/models', { tenant });
  }

  /** Makes a version of a model the one that serves; answers with what is promoted now. @throws ControlError */
  promoteModel({ name, tenant, version, family, popular }: Promotion): Promise<PromotedModel> {
    return this.requests.send(promotedModelSchema, {
      method: 'PUT',
      path: `/v1/models/${encodeURIComponent(name)}?tenant=${encodeURIComponent(tenant)}`,
      body: { version, family, popular },
    });
  }

  /** What came of a tenant's offers; what the query leaves open is the back office's to say. @throws ControlError */
  reportOutcomes(tenant: TenantId, { from, to, by, windowDays }: OutcomesQuery = {}): Promise<OutcomesReport> {
    const query = new URLSearchParams({ tenant });
    if (from !== undefined) query.set('from', from.toISOString());
    if (to !== undefined) query.set('to', to.toISOString());
    if (by !== undefined) query.set('by', by.join(','));
    if (windowDays !== undefined) query.set('windowDays', String(windowDays));
    return this.requests.send(outcomesAnswer, { method: 'GET', path: `/v1/reports/outcomes?${query.toString()}` });
  }

  /** What a tenant used; what the query leaves open is the back office's to say. @throws ControlError */
  getUsage(tenant: TenantId, { from, to, by }: UsageQuery = {}): Promise<UsageReport> {
    const query = new URLSearchParams();
    if (from !== undefined) query.set('from', from.toISOString());
    if (to !== undefined) query.set('to', to.toISOString());
    if (by !== undefined) query.set('by', by);
    return this.requests.send(usageAnswer, { method: 'GET', path: `${pathOf(tenant, 'usage')}?${query.toString()}` });
  }

  /** The newest version of each plan. @throws ControlError */
  async listPlans(): Promise<readonly ShownPlan[]> {
    return (await this.requests.send(z.object({ plans: z.array(planAnswer) }), { method: 'GET', path: '/v1/plans' }))
      .plans;
  }

  /** Makes a plan, or a further version of it. @throws ControlError */
  putPlan({ id, ...body }: Omit<ShownPlan, 'version'>): Promise<ShownPlan> {
    return this.requests.send(planAnswer, { method: 'PUT', path: `/v1/plans/${encodeURIComponent(id)}`, body });
  }

  /** @throws ControlError `no-plan` */
  getTenantPlan(tenant: TenantId): Promise<TenantPlan> {
    return this.requests.send(tenantPlanAnswer, { method: 'GET', path: pathOf(tenant, 'plan') });
  }

  /** Gives a tenant the newest version of a plan. @throws ControlError */
  putTenantPlan(tenant: TenantId, plan: string): Promise<TenantPlan> {
    return this.requests.send(tenantPlanAnswer, { method: 'PUT', path: pathOf(tenant, 'plan'), body: { plan } });
  }

  /** Newest first, drafts among them. @throws ControlError */
  listInvoices(tenant: TenantId): Promise<readonly ShownInvoice[]> {
    return this.all('invoices', invoiceAnswer, pathOf(tenant, 'invoices'));
  }

  /** @param month for example `2026-03` @throws ControlError `invoice-unknown` */
  getInvoice(tenant: TenantId, month: string): Promise<ShownInvoice> {
    return this.requests.send(invoiceAnswer, { method: 'GET', path: pathOf(tenant, 'invoices', month) });
  }

  /** Issues what is due, of all tenants; for the admin. @throws ControlError `usage-behind` */
  async issueInvoices(): Promise<IssuedInvoices> {
    return (await this.requests.send(issuedAnswer, { method: 'POST', path: '/v1/invoices/issue' })).issued;
  }

  /** Everything of a list that is read page by page. */
  private async all<Entry extends z.ZodType>(
    name: string,
    entry: Entry,
    path: string,
    filter: Readonly<Record<string, string>> = {},
  ): Promise<readonly z.output<Entry>[]> {
    const page = z.object({ [name]: z.array(entry), next: z.string().optional() });
    const entries: z.output<Entry>[] = [];
    let after: string | undefined;
    do {
      const place = { limit: String(PAGE_ENTRIES), ...(after === undefined ? {} : { after }) };
      const query = new URLSearchParams({ ...filter, ...place });
      const answer = (await this.requests.send(page, { method: 'GET', path: `${path}?${query.toString()}` })) as {
        readonly [part: string]: unknown;
        readonly next?: string;
      };
      entries.push(...(answer[name] as z.output<Entry>[]));
      after = answer.next;
    } while (after !== undefined);
    return entries;
  }
}

const pathOf = (tenant: TenantId, ...parts: readonly string[]): string =>
  ['/v1/tenants', tenant, ...parts.map(encodeURIComponent)].join('/');

async function* requestsOf(
  items: AsyncIterable<CatalogItem> | Iterable<CatalogItem>,
): AsyncGenerator<readonly string[]> {
  let lines: string[] = [];
  let length = 0;
  for await (const item of items) {
    const line = JSON.stringify(item);
    lines.push(line);
    length += line.length;
    if (lines.length < REQUEST_ITEMS && length < REQUEST_LENGTH) continue;
    yield lines;
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield lines;
}
