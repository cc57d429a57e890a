import { METERS } from '@offerstream/billing';
import type { Tenant } from '@offerstream/contracts';
import type { Call } from '@offerstream/http-api';
import type { Metering } from '../admission/metering.js';
import type { Receipts } from './receipts.js';

/** What a request to a language model may cost. */
export interface TokenCharge {
  /** For what is drawn by chance, where the request does not say; the same in its repeats. */
  readonly seed: number;
  /** Charges what was not paid yet of the tokens that were used; 0 where there is no answer. Called once. */
  settle(tokens: number): void;
}

/** Charges tokens: as many of the quota as a request may use before it is worked on, and what it used once that is known. */
export class TokenCharges {
  constructor(
    private readonly metering: Pick<Metering, 'reserve'>,
    private readonly receipts: Receipts,
  ) {}

  /** @throws Problem `quota-used-up`, `quota-unknown` */
  async open(tenant: Tenant, { paidOnce }: Call, atMost: number): Promise<TokenCharge> {
    if (paidOnce === undefined) throw new Error('Tokens are charged by operations that are paid once.');
    const receipt = this.receipts.of(paidOnce.fingerprint, paidOnce.mayBeRepeated);
    const units = Math.max(1, atMost - receipt.paidTokens);
    const reservation = await this.metering.reserve(tenant, METERS.tokens, units);
    return {
      seed: receipt.seed,
      settle(tokens) {
        // Its first sending may have been paid for meanwhile.
        const due = Math.min(units, Math.max(0, tokens - receipt.paidTokens));
        receipt.paidTokens += due;
        reservation.settle(due);
      },
    };
  }

  /** Does work that is charged when it is done. Work that throws costs nothing. */
  async charge<Answer>(
    charge: TokenCharge,
    work: () => Promise<Answer>,
    tokensOf: (answer: Answer) => number,
  ): Promise<Answer> {
    let tokens = 0;
    try {
      const answer = await work();
      tokens = tokensOf(answer);
      return answer;
    } finally {
      charge.settle(tokens);
    }
  }
}
