import { removeRunState, writeRunState, type RunState } from '../run-state.js';

/** Keeps the state of the line that this process runs, for others to read; written in order, and only when it changes. */
export class RunStateFile {
  private written = '';
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataDir: string,
    private state: RunState,
  ) {}

  get current(): RunState {
    return this.state;
  }

  update(changes: Partial<RunState>): Promise<void> {
    const state = { ...this.state, ...changes };
    this.state = state;
    const text = JSON.stringify(state);
    if (text !== this.written) {
      this.written = text;
      this.queue = this.queue.then(() => writeRunState(this.dataDir, state));
    }
    return this.queue;
  }

  async remove(): Promise<void> {
    await this.queue;
    await removeRunState(this.dataDir);
  }
}
