import { addMonths, monthOf, type Month } from '@offerstream/billing';
import type { ChangeCause, Database, Invoice } from '@offerstream/database';
import { eachTenant } from '../each-tenant.js';

export interface InvoiceIssuerParts {
  readonly database: Pick<Database, 'invoices' | 'quotaLeases' | 'change'>;
  /** How long after the end of a month its invoices stay drafts. */
  readonly graceMs: number;
  /** Whether all usage that was told by now is stored. */
  readonly hasAllUsage: () => Promise<boolean>;
  readonly onIssued: () => void;
}

/** Issues what is due: the drafts of months that ended longer ago than the grace period. */
export class InvoiceIssuer {
  constructor(private readonly parts: InvoiceIssuerParts) {}

  /**
   * Two instances that do this side by side issue each invoice once. The time of the cause decides what is due.
   *
   * @param stopping aborted when the rest is to wait for the next time
   * @returns undefined when there is usage that is not stored yet: then nothing is issued.
   * @throws DatabaseUnavailable; what is issued by then stays so
   */
  async issueDue(cause: ChangeCause, stopping: AbortSignal): Promise<readonly Invoice[] | undefined> {
    const { database, graceMs, hasAllUsage, onIssued } = this.parts;
    // First, since who is due is read from the usage that is stored.
    if (!(await hasAllUsage())) return undefined;
    const last = lastEnded(cause.at.getTime() - graceMs);
    const due = await database.invoices.due(last);
    const issued: Invoice[] = [];
    const slow = await eachTenant(due, async (tenant) => {
      while (!stopping.aborted) {
        const { answer } = await database.change(cause, (change) => database.invoices.issueNext(change, tenant, last));
        if (answer === undefined) break;
        issued.push(answer);
        onIssued();
      }
    });
    if (slow !== undefined) throw slow;
    return issued;
  }

  /** Quotas are of no use once their month is over. @throws DatabaseUnavailable */
  async forgetOldQuotas(at: Date): Promise<void> {
    await this.parts.database.quotaLeases.forgetBefore(lastEnded(at.getTime()), at);
  }
}

/** The last month that was over at a moment, in milliseconds since 1970. */
const lastEnded = (atMs: number): Month => addMonths(monthOf(atMs), -1);
