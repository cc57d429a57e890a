import type { SubjectKey } from '@offerstream/contracts';

const DEFAULT_PREFIX = 'offerstream:';

/** Before the first rebuild. */
export const FIRST_EPOCH = '0';

/**
 * The keys of a store. On a cluster a key's braces say which slot it lies in: all of a subject in one, and what there is once
 * in one. A rebuild begins a new epoch, whose subjects have other keys than those before.
 */
export class ValkeyKeys {
  /** Hash: `epoch` and the name of the last `rebuild`. */
  readonly about: string;
  /** Hash: partition → JSON of its position. */
  readonly positions: string;
  /** Hash: partition → JSON of its attempt. */
  readonly attempts: string;
  private readonly ofSubjects: RegExp;

  constructor(private readonly prefix = DEFAULT_PREFIX) {
    if (/[{}]/.test(prefix)) throw new TypeError(`A prefix of keys must be without braces, and this is "${prefix}".`);
    this.about = `${prefix}{store}:about`;
    this.positions = `${prefix}{store}:positions`;
    this.attempts = `${prefix}{store}:attempts`;
    this.ofSubjects = new RegExp(`^${RegExp.escape(prefix)}(\\d+):\\{`);
  }

  /** Hash: `version`, `record`, `publication`. */
  subject(epoch: string, subject: SubjectKey): string {
    return `${this.prefix}${epoch}:{${subject}}`;
  }

  /** For SCAN: matches the subjects of all epochs, and perhaps more. */
  get pattern(): string {
    return `${this.prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}*`;
  }

  /** The epoch of a subject's key; undefined for any other key. */
  epochOf(key: string): string | undefined {
    return this.ofSubjects.exec(key)?.[1];
  }
}
