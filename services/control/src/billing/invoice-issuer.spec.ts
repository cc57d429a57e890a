import { InvoiceIssuer, type InvoiceIssuerParts } from './invoice-issuer.js';

it('a stop leaves what is still due to the next time', async () => {
  const stopping = new AbortController();
  const database = {
    invoices: {
      due: () => Promise.resolve(['one', 'two', 'three']),
      issueNext: () => Promise.resolve({ totalMicros: 0 }),
    },
    change: async (_cause: unknown, work: () => Promise<unknown>) => ({ answer: await work(), replayed: false }),
  };
  const issuer = new InvoiceIssuer({
    database: database as unknown as InvoiceIssuerParts['database'],
    graceMs: 0,
    hasAllUsage: () => Promise.resolve(true),
    onIssued: () => stopping.abort(),
  });
  const principal = { kind: 'service', id: 'control' };
  const cause = { principal, operation: 'issueInvoices', requestId: 'timer', at: new Date('2026-04-01T00:00:00.000Z') };
  expect(await issuer.issueDue(cause, stopping.signal)).toHaveLength(1);
});
