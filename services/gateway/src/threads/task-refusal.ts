import type { ProblemDetails } from '@offerstream/http-api';

/** A problem as a thread throws it: without the HTTP API that answers with it. */
export class TaskRefusal extends Error {
  override readonly name = 'TaskRefusal';

  constructor(readonly problem: ProblemDetails) {
    super(problem.reason);
  }
}

/** What was sent can't be worked on, told to who sent it. It names the field and never what stands in it. */
export const fieldRefusal = (code: string, field: string, reason: string, fix: string): TaskRefusal =>
  new TaskRefusal({ status: 400, code, reason: `${field}: ${reason}`, fix, fields: [{ field, reason }] });
