import { Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { monthOf, type Month } from '@offerstream/billing';
import { Database } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, type Call } from '@offerstream/http-api';
import { STOPPING } from '../stopping.js';
import { Changes } from '../changes.js';
import { CLOCK, type Clock } from '../chance-and-time.js';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';
import { InvoiceIssuer } from './invoice-issuer.js';
import {
  INVOICE_EXAMPLE,
  invoicePageQuery,
  invoicePageResponse,
  invoiceParams,
  invoiceResponse,
  issuedResponse,
  shownInvoice,
  type InvoicePageQuery,
  type InvoiceParams,
} from './invoice-schemas.js';

const ISSUE_TIMEOUT_MS = 300_000;

@Controller('v1/tenants/:tenant/invoices')
export class InvoicesController {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Operation({
    id: 'listInvoices',
    tag: 'billing',
    summary: 'The invoices of a tenant, newest first, drafts among them.',
    description: 'One a month in which something was used while the tenant had a plan.',
    scope: 'invoices:read',
    response: invoicePageResponse,
    example: { invoices: [INVOICE_EXAMPLE] },
  })
  async list(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: invoicePageQuery }) { after, limit }: InvoicePageQuery,
  ) {
    const { invoices, next } = await this.database.invoices.list(tenant, { last: this.now(), before: after, limit });
    if (invoices.length === 0 && (await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return { invoices: invoices.map(shownInvoice), next };
  }

  @Get(':month')
  @Operation({
    id: 'getInvoice',
    tag: 'billing',
    summary: 'The invoice of a month.',
    scope: 'invoices:read',
    response: invoiceResponse,
    problems: { 404: ['invoice-unknown'] },
    example: INVOICE_EXAMPLE,
  })
  async get(@Param({ schema: invoiceParams }) { tenant, month }: InvoiceParams) {
    const invoice = await this.database.invoices.get(tenant, month, this.now());
    if (invoice === undefined) throw invoiceUnknown(tenant, month);
    return shownInvoice(invoice);
  }

  private now(): Month {
    return monthOf(this.clock().getTime());
  }
}

@Controller('v1/invoices')
export class IssuingController {
  constructor(
    private readonly issuer: InvoiceIssuer,
    private readonly changes: Changes,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  @Post('issue')
  @Operation({
    id: 'issueInvoices',
    tag: 'billing',
    summary: 'Issues the invoices that are due, of all tenants.',
    description:
      'It happens by itself, too, every ten minutes. What is issued never changes; a repeated request issues nothing more.',
    scope: 'invoices:write',
    response: issuedResponse,
    problems: { 503: ['usage-behind'] },
    timeoutMs: ISSUE_TIMEOUT_MS,
    example: { issued: [{ tenant: 'my-shop', month: '2026-03', number: 17, totalMicros: 18_000_000 }] },
  })
  async issue(@TheCall() call: Call) {
    const issued = await this.issuer.issueDue(this.changes.causeOf(call), this.stopping);
    if (issued === undefined) throw USAGE_BEHIND;
    return { issued: issued.map((invoice) => ({ ...invoice, number: invoice.issued?.number })) };
  }
}

const invoiceUnknown = (tenant: string, month: string): Problem =>
  new Problem({
    status: 404,
    code: 'invoice-unknown',
    reason: `Tenant ${tenant} has no invoice of ${month}: it used nothing in that month, or had no plan.`,
    fix: `See GET /v1/tenants/${tenant}/invoices.`,
  });

const USAGE_BEHIND = new Problem({
  status: 503,
  code: 'usage-behind',
  reason: 'There is usage on its topic that is not stored yet, or Kafka can not be asked.',
  fix: 'Send the request again later; nothing was issued.',
  retryAfterSeconds: 10,
});
