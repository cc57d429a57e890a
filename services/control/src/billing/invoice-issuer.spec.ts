import { DatabaseTooSlow } from '@offerstream/database';
import { InvoiceIssuer, type InvoiceIssuerParts } from './invoice-issuer.js';

const CAUSE = {
  principal: { kind: 'service', id: 'control' },
  operation: 'issueInvoices',
  requestId: 'timer',
  at: new Date('2026-04-01T00:00:00.000Z'),
};

/** Of three tenants. @param issueNext resolves with an invoice, or with nothing when the tenant has no more */
const issuerOf = (issueNext: (tenant: string) => Promise<unknown>, onIssued: () => void): InvoiceIssuer => {
  const database = {
    invoices: {
      due: () => Promise.resolve(['one', 'two', 'three']),
      issueNext: (_change: unknown, tenant: string) => issueNext(tenant),
    },
    change: async (_cause: unknown, work: () => Promise<unknown>) => ({ answer: await work(), replayed: false }),
  };
  return new InvoiceIssuer({
    database: database as unknown as InvoiceIssuerParts['database'],
    graceMs: 0,
    hasAllUsage: () => Promise.resolve(true),
    onIssued,
  });
};

it('nobody is asked for before all usage is stored: who is due depends on it', async () => {
  const issuer = new InvoiceIssuer({
    database: {
      invoices: { due: () => Promise.reject(new Error('asked')) },
    } as unknown as InvoiceIssuerParts['database'],
    graceMs: 0,
    hasAllUsage: () => Promise.resolve(false),
    onIssued: () => undefined,
  });
  expect(await issuer.issueDue(CAUSE, new AbortController().signal)).toBeUndefined();
});

it('a stop leaves what is still due to the next time', async () => {
  const stopping = new AbortController();
  const issuer = issuerOf(
    () => Promise.resolve({ totalMicros: 0 }),
    () => stopping.abort(),
  );
  expect(await issuer.issueDue(CAUSE, stopping.signal)).toHaveLength(1);
});

it('a tenant for whom Postgres takes too long keeps nobody else from his invoices', async () => {
  const left = ['one', 'two', 'three'];
  let issued = 0;
  const issuer = issuerOf(
    (tenant) => {
      if (tenant === 'one') return Promise.reject(new DatabaseTooSlow(undefined));
      return Promise.resolve(left.includes(tenant) ? { tenant: left.splice(left.indexOf(tenant), 1)[0] } : undefined);
    },
    () => (issued += 1),
  );
  await expect(issuer.issueDue(CAUSE, new AbortController().signal)).rejects.toThrow('too long for one');
  expect([issued, left]).toEqual([2, ['one']]);
});
