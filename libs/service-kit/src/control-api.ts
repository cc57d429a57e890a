import { readFile } from 'node:fs/promises';
import type { ControlAccess } from './config.js';

/** Control did not do what it was asked for. It may be asked again. */
export class ControlUnavailable extends Error {
  readonly code = 'control-unavailable';
  readonly canRetry = true;

  /** @param status of its answer; undefined where it gave none */
  constructor(
    path: string,
    reason: string,
    readonly status?: number,
    cause?: unknown,
  ) {
    super(
      `Control did not answer ${path}: ${reason}. See that it runs at CONTROL_URL and that SERVICE_TOKEN_FILE is its service-token.`,
      cause === undefined ? undefined : { cause },
    );
    this.name = 'ControlUnavailable';
  }
}

const DEADLINE_MS = 2_000;

/** The part of control's API that is made for the services of the data plane. */
export class ControlApi {
  constructor(private readonly access: ControlAccess) {}

  /**
   * @returns the answer's JSON; undefined for one without a body
   * @throws ControlUnavailable
   */
  async post(path: string, body: object): Promise<unknown> {
    try {
      const response = await fetch(new URL(path, this.access.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${await this.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const text = await response.text();
      if (!response.ok) throw new ControlUnavailable(path, `${response.status} ${text}`, response.status);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    } catch (error) {
      if (error instanceof ControlUnavailable) throw error;
      throw new ControlUnavailable(path, error instanceof Error ? error.message : String(error), undefined, error);
    }
  }

  /** Read each time: control may make another, and may start later than this process. */
  private async token(): Promise<string> {
    return (await readFile(this.access.tokenFile, 'utf8')).trim();
  }
}
