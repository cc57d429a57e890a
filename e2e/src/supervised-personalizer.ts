import type { Line } from './line.js';
import type { ServiceProcess } from './service-process.js';

/** A personalizer that is started again whenever it ends, as a supervisor does. */
export class SupervisedPersonalizer {
  /** Exit codes and signals, in order. */
  readonly ends: (number | NodeJS.Signals)[] = [];
  private current: ServiceProcess | undefined;
  private stopping = false;
  private readonly supervising: Promise<void>;

  constructor(
    private readonly line: Line,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {
    this.supervising = this.supervise();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.current?.stop();
    await this.supervising;
  }

  private async supervise(): Promise<void> {
    while (!this.stopping) {
      this.current = await this.line.startPersonalizer(this.env);
      const end = await this.current.ended;
      if (!this.stopping) this.ends.push(end);
    }
  }
}
