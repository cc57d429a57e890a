import { z } from 'zod';
import { ControlError } from './control-error.js';

export interface ControlClientOptions {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** See `readAdminToken`; also a session's, or a secret key. Without one only signing up and in are possible. */
  readonly token?: string;
  /** Default: Node's own. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface ControlRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are, as newline-delimited JSON. */
  readonly lines?: readonly string[];
  /** Sent as it is. */
  readonly photo?: Uint8Array<ArrayBuffer>;
  /** The version that must be the current one. */
  readonly ifVersion?: number | undefined;
}

const problemSchema = z.object({ code: z.string(), reason: z.string(), fix: z.string() });
const TIMEOUT_MS = 120_000;

/** Sends requests to the back office and checks what it answers. */
export class ControlRequests {
  private readonly fetch: typeof globalThis.fetch;

  constructor(private readonly options: ControlClientOptions) {
    this.fetch = options.fetch ?? globalThis.fetch;
  }

  /** @throws ControlError */
  async send<Schema extends z.ZodType>(schema: Schema, request: ControlRequest): Promise<z.output<Schema>> {
    const { url } = this.options;
    const { method, path } = request;
    let status: number;
    let answer: unknown;
    try {
      const response = await this.fetch(new URL(path, url), this.init(request));
      status = response.status;
      answer = parsed(await response.text());
    } catch (error) {
      throw new ControlError(
        'unreachable',
        true,
        `The back office does not answer at ${url}. Check that it runs there.`,
        error,
      );
    }
    if (status >= 200 && status < 300) {
      const result = schema.safeParse(answer);
      if (result.success) return result.data;
      throw unexpected(`${method} ${path}`, url, status, result.error);
    }
    const problem = problemSchema.safeParse(answer);
    if (!problem.success) throw unexpected(`${method} ${path}`, url, status, undefined);
    const { code, reason, fix } = problem.data;
    throw new ControlError(code, status >= 500 || status === 429, `${reason} ${fix}`);
  }

  private init({ method, body, lines, photo, ifVersion }: ControlRequest): RequestInit {
    const { token } = this.options;
    const sent = photo ?? lines?.join('\n') ?? (body === undefined ? undefined : JSON.stringify(body));
    // What a photo is its content says; the header says only that it is one.
    const type = photo !== undefined ? 'image/jpeg' : lines !== undefined ? 'application/x-ndjson' : 'application/json';
    return {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(sent === undefined ? {} : { 'content-type': type }),
        ...(ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` }),
      },
      ...(sent === undefined ? {} : { body: sent }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const unexpected = (call: string, url: string, status: number, cause: unknown): ControlError =>
  new ControlError(
    'unexpected-answer',
    false,
    `${call} was answered by ${url} with status ${status} and a body that the back office does not send. Check the address.`,
    cause,
  );
