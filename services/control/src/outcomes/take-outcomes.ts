import type { Outcomes } from '@offerstream/database';
import type { RawRecord } from '@offerstream/kafka';
import type { OutcomeResult } from './outcomes-metrics.js';
import { readOutcome, type ReadOutcome } from './read-outcome.js';

export interface TakeOutcomesParts {
  readonly outcomes: Pick<Outcomes, 'takeTouches' | 'takePurchases'>;
  /** For how long outcomes are kept. */
  readonly keepMs: number;
  readonly nowMs: () => number;
  readonly count: (result: OutcomeResult, outcomes: number) => void;
  readonly warn: (message: string) => void;
}

/**
 * Takes records of the topic `outcomes` into Postgres, each outcome once however often it comes, and counts what became of them.
 *
 * @throws DatabaseUnavailable
 */
export const takeOutcomes =
  (parts: TakeOutcomesParts) =>
  async (records: readonly RawRecord[]): Promise<void> => {
    const oldestMs = parts.nowMs() - parts.keepMs;
    const read = records.map((record) => readOutcome(record, oldestMs));
    await store(parts, read);
    countLeftOut(parts, records, read);
  };

const store = async ({ outcomes, count }: TakeOutcomesParts, read: readonly ReadOutcome[]): Promise<void> => {
  const touches = read.flatMap((one) => (one.kind === 'touch' ? [one.touch] : []));
  const purchases = read.flatMap((one) => (one.kind === 'purchase' ? [one.purchase] : []));
  for (const counts of [await outcomes.takeTouches(touches), await outcomes.takePurchases(purchases)]) {
    count('taken', counts.taken);
    count('repeated', counts.repeated);
    count('unknown-offer', counts.unknownOffer);
    count('unknown-tenant', counts.unknownTenant);
  }
};

const countLeftOut = (
  { count, warn }: TakeOutcomesParts,
  records: readonly RawRecord[],
  read: readonly ReadOutcome[],
): void => {
  let misfits = 0;
  for (const [index, one] of read.entries()) {
    if (one.kind === 'purchase' && one.straysFromOffer) count('unknown-offer', 1);
    if (one.kind !== 'left-out') continue;
    count(one.because, 1);
    // One line a batch, so that a broken sender does not drown the log.
    if (one.because === 'misfit' && misfits++ === 0) {
      const { partition, offset } = records[index] as RawRecord;
      warn(`an outcome can't be read (partition ${partition}, offset ${offset}): ${one.detail}`);
    }
  }
};
