/**
 * Switches in a service's own steps with which tests force a fault at an exact place. `FAULTS` is a comma-separated list of
 * `point=action` or `point=action@n`: at the n-th passing (default the first) the action happens once.
 *
 * - `kill` ends the process with SIGKILL, as a loss of power would.
 * - `stop` halts it with SIGSTOP, as a long pause of the machine would.
 * - `throw` raises a TypeError, as a bug would.
 */
export class FaultPoints {
  private readonly armed: Map<string, { readonly action: FaultAction; left: number }>;

  /** @throws Error naming the part of `setting` that can't be read. */
  constructor(setting: string) {
    this.armed = new Map(
      setting
        .split(',')
        .filter((part) => part !== '')
        .map(readFault),
    );
  }

  /** A step calls this where a fault may be forced; nothing happens unless the point is armed. */
  readonly reach = (point: string): void => {
    if (this.armed.size === 0) return;
    const fault = this.armed.get(point);
    if (fault === undefined || --fault.left > 0) return;
    this.armed.delete(point);
    switch (fault.action) {
      case 'kill':
        process.kill(process.pid, 'SIGKILL');
        break;
      case 'stop':
        process.kill(process.pid, 'SIGSTOP');
        break;
      case 'throw':
        throw new TypeError(`fault point ${point}`);
    }
  };
}

type FaultAction = 'kill' | 'stop' | 'throw';

const readFault = (part: string): [string, { readonly action: FaultAction; left: number }] => {
  const match = /^([a-z-]+)=(kill|stop|throw)(?:@([1-9][0-9]*))?$/.exec(part);
  if (match === null) throw new Error(`FAULTS: "${part}" is not point=kill|stop|throw[@n]`);
  return [match[1] ?? '', { action: match[2] as FaultAction, left: Number(match[3] ?? 1) }];
};
