import type { Line } from './line.js';
import type { ServiceProcess } from './service-process.js';

/** A personalizer that is started again whenever it ends, as a supervisor does. */
export class SupervisedPersonalizer {
  /** Exit codes and signals, in order. */
  readonly ends: (number | NodeJS.Signals)[] = [];
  private current: ServiceProcess | undefined;
  private readonly stopping = new AbortController();
  private readonly supervising: Promise<void>;

  constructor(
    private readonly line: Line,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {
    this.supervising = this.supervise();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.current?.stop();
    await this.supervising;
  }

  private async supervise(): Promise<void> {
    while (!this.isStopping()) {
      this.current = await this.line.startPersonalizer(this.env);
      // It was told to stop while this one started.
      if (this.isStopping()) await this.current.stop();
      this.ends.push(await this.current.ended);
    }
    // The last end was asked for.
    this.ends.pop();
  }

  // A method, since the compiler would take what it said before an `await` for what it says after it.
  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
}
