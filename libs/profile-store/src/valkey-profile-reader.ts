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

const EPOCH_GOOD_MS = 1_000;

/** Reads what a `ValkeyProfileStore` in another process writes. */
export class ValkeyProfileReader implements ProfileReader {
  protected readonly connection: ValkeyConnection;
  protected readonly keys: ValkeyKeys;
  /** How long what was read of the epoch is believed. What is only read may be that of before a rebuild for so long. */
  protected readonly epochGoodMs: number = EPOCH_GOOD_MS;
  private epoch = FIRST_EPOCH;
  private epochGoodUntilMs = 0;

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

  /**
   * One round trip, which makes sure of the epoch now and then, since a rebuild may have begun another one. With each read it would
   * be twice the commands, and on a cluster one node asked by all.
   */
  private async read(
    subjects: readonly SubjectKey[],
    field: 'record' | 'publication',
  ): Promise<readonly (Buffer | undefined)[]> {
    if (subjects.length === 0) return [];
    const { client } = this.connection;
    for (;;) {
      const { epoch } = this;
      const nowMs = performance.now();
      const isGood = nowMs < this.epochGoodUntilMs;
      const [newest, ...values] = await this.connection.ask(() =>
        Promise.all([
          isGood ? epoch : client.hget(this.keys.about, 'epoch'),
          ...subjects.map((subject) => client.hgetBuffer(this.keys.subject(epoch, subject), field)),
        ]),
      );
      if (!isGood) {
        this.epoch = newest ?? FIRST_EPOCH;
        this.epochGoodUntilMs = nowMs + this.epochGoodMs;
      }
      if (isGood || this.epoch === epoch) return values.map((value) => value ?? undefined);
    }
  }
}
