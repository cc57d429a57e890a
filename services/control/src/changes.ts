import { Inject, Injectable } from '@nestjs/common';
import { Database, type Change, type ChangeCause, type MadeChange } from '@offerstream/database';
import type { Call } from '@offerstream/http-api';
import { CLOCK, type Clock } from './chance-and-time.js';

/** Makes changes in the name of whoever calls. */
@Injectable()
export class Changes {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * See `Database.change`. A problem that the work throws undoes everything.
   *
   * @param work returns the answer, plain JSON without secrets
   */
  make<Answer>(call: Call, work: (change: Change) => Promise<Answer>): Promise<MadeChange<Answer>> {
    return this.database.change(this.causeOf(call), work);
  }

  causeOf({ principal, operation, requestId, idempotency }: Call): ChangeCause {
    const { kind, id } = principal;
    return { principal: { kind, id }, operation, requestId, idempotency, at: this.clock() };
  }
}
