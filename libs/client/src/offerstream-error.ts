import { retryAfterSeconds } from './retry-after.js';

/** What an answer that is not a success says; its body is `application/problem+json` (RFC 9457). */
export interface ProblemDetails {
  readonly status: number;
  /** Stable, made for programs. `unexpected` where the answer was none of the gateway's, but for example a proxy's. */
  readonly code: string;
  /** What is wrong; made for people. */
  readonly reason: string;
  /** What to do about it. */
  readonly fix: string;
  /** By which the gateway's operator finds the request. */
  readonly requestId: string | undefined;
  /** When it is worth while to ask again. */
  readonly retryAfterSeconds: number | undefined;
}

/** The gateway has answered, and it was not a success. Where it can't be reached, the error is `fetch`'s own. */
export class OfferstreamError extends Error implements ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly fix: string;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(details: ProblemDetails) {
    super(`${details.reason} ${details.fix}`);
    this.name = 'OfferstreamError';
    this.status = details.status;
    this.code = details.code;
    this.reason = details.reason;
    this.fix = details.fix;
    this.requestId = details.requestId;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** @param body as parsed, or as text where it is no JSON */
  static of(response: Response, body: unknown): OfferstreamError {
    const { code, reason, fix } = (typeof body === 'object' && body !== null ? body : {}) as Partial<
      Record<'code' | 'reason' | 'fix', unknown>
    >;
    const isProblem = typeof code === 'string' && typeof reason === 'string' && typeof fix === 'string';
    return new OfferstreamError({
      status: response.status,
      ...(isProblem ? { code, reason, fix } : unexpected(response)),
      requestId: response.headers.get('x-request-id') ?? undefined,
      retryAfterSeconds: retryAfterSeconds(response),
    });
  }
}

const unexpected = ({ status, url }: Response): Pick<ProblemDetails, 'code' | 'reason' | 'fix'> => ({
  code: 'unexpected',
  reason: `${url} answered ${status} without saying why.`,
  fix: 'See whether the address is that of the gateway, and what stands between.',
});
