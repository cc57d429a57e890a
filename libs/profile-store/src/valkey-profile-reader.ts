import type { SubjectKey } from '@offerstream/contracts';
import { Profile } from '@offerstream/profile';
import type { ProfileStoreUnavailable } from './errors.js';
import type { ProfileReader } from './profile-store.js';
import { ValkeyConnection } from './valkey-connection.js';
import { FIRST_EPOCH, ValkeyKeys } from './valkey-keys.js';

export interface ValkeyOptions {
  /** What all keys begin with: stores with different prefixes share a server. Default `offerstream:`. */
  readonly prefix?: string;
  /**
   * How long a question waits for a server that is away. Left out, for ever: right for who must not lose anything, wrong for
   * who has to answer somebody.
   */
  readonly commandTimeoutMs?: number;
}

/** Reads what a `ValkeyProfileStore` in another process writes. */
export class ValkeyProfileReader implements ProfileReader {
  protected readonly connection: ValkeyConnection;
  protected readonly keys: ValkeyKeys;
  private epoch = FIRST_EPOCH;

  /**
   * @param url see `readValkeyUrl`
   * @throws InvalidProfileStoreUrl
   */
  constructor(url: string, { prefix, commandTimeoutMs }: ValkeyOptions = {}) {
    this.keys = new ValkeyKeys(prefix);
    this.connection = new ValkeyConnection(url, commandTimeoutMs);
  }

  get problem(): ProfileStoreUnavailable | undefined {
    return this.connection.problem;
  }

  async profiles(keys: readonly SubjectKey[]): Promise<readonly (Profile | undefined)[]> {
    const records = await this.read(keys, 'record');
    return records.map((record) => (record === undefined ? undefined : Profile.decode(record)));
  }

  publications(keys: readonly SubjectKey[]): Promise<readonly (Buffer | undefined)[]> {
    return this.read(keys, 'publication');
  }

  close(): Promise<void> {
    this.connection.close();
    return Promise.resolve();
  }

  /** One round trip. Each read makes sure of the epoch, since a rebuild may have begun another one. */
  private async read(
    subjects: readonly SubjectKey[],
    field: 'record' | 'publication',
  ): Promise<readonly (Buffer | undefined)[]> {
    if (subjects.length === 0) return [];
    const { client } = this.connection;
    for (;;) {
      const { epoch } = this;
      const [newest, ...values] = await this.connection.ask(() =>
        Promise.all([
          client.hget(this.keys.about, 'epoch'),
          ...subjects.map((subject) => client.hgetBuffer(this.keys.subject(epoch, subject), field)),
        ]),
      );
      this.epoch = newest ?? FIRST_EPOCH;
      if (this.epoch === epoch) return values.map((value) => value ?? undefined);
    }
  }
}
