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

  /** @throws Error naming the part of `setting` that can't be read; the config is checked by {@link areReadable} before. */
  constructor(setting: string) {
    this.armed = new Map(
      partsOf(setting).map((part) => {
        const [, point = '', action, passing = '1'] = FAULT.exec(part) ?? [];
        if (action === undefined) throw new Error(`FAULTS: "${part}" is not point=kill|stop|throw[@n]`);
        return [point, { action: action as FaultAction, left: Number(passing) }];
      }),
    );
  }

  static readonly areReadable = (setting: string): boolean => partsOf(setting).every((part) => FAULT.test(part));

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

const FAULT = /^([a-z-]+)=(kill|stop|throw)(?:@([1-9][0-9]*))?$/;

const partsOf = (setting: string): readonly string[] => setting.split(',').filter((part) => part !== '');
