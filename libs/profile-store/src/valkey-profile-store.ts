import {
  BEFORE_FIRST,
  rebuildPositions,
  type Attempt,
  type BeforeRebuild,
  type Position,
  type ProfileChange,
  type ProfileStore,
  type Save,
} from './profile-store.js';
import { FIRST_EPOCH } from './valkey-keys.js';
import { ValkeyProfileReader } from './valkey-profile-reader.js';

/** Keys that are looked at together when what a rebuild left behind is deleted. */
const SCAN_COUNT = 1_000;

/** What this process knows of the stored positions, and builds on. */
interface Ground {
  readonly epoch: string;
  /** The offset of each partition that this process has read or saved last. */
  readonly offsets: Map<number, number>;
}

/**
 * Profiles on a server of the Redis protocol, or a cluster of them. Each subject is one key and a transaction of its own;
 * positions follow when all changes of their save are stored.
 *
 * How much a crash of the server takes is for the server to say: with `appendfsync always` nothing that was answered, with
 * `everysec` the last second. A single server then has positions that fell back, as its log ends with them; the next save
 * finds that out and is a conflict, and the events behind them are folded again. On a cluster a node may lose profiles while
 * another keeps their positions, so it has to be run with `appendfsync always`. The server must not evict
 * (`maxmemory-policy noeviction`).
 */
export class ValkeyProfileStore extends ValkeyProfileReader implements ProfileStore {
  /** Who writes builds on what it reads. */
  protected override readonly epochGoodMs = 0;
  private ground: Ground | undefined;

  /** Three round trips: whether the positions still stand where they were left, the changes, the positions. */
  async save({ changes, positions }: Save): Promise<'saved' | 'conflict'> {
    const ground = (this.ground ??= { epoch: await this.epochNow(), offsets: new Map() });
    if (!(await this.stands(ground, positions))) return 'conflict';
    const stored = await this.connection.ask(() =>
      Promise.all(changes.map((change) => this.saveProfile(ground.epoch, change))),
    );
    if (stored.includes(0)) return 'conflict';
    if (positions.size === 0) return 'saved';
    if ((await this.raise(ground, positions)) === 0) return 'conflict';
    for (const [partition, { offset }] of positions) ground.offsets.set(partition, offset);
    return 'saved';
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  async positions(): Promise<ReadonlyMap<number, Position>> {
    // In this order: positions of an epoch that begins meanwhile belong to no save of the epoch before.
    const epoch = await this.epochNow();
    const positions = await this.readAll<Position>(this.keys.positions);
    this.ground = { epoch, offsets: new Map(Array.from(positions, ([partition, { offset }]) => [partition, offset])) };
    return positions;
  }

  attempts(): Promise<ReadonlyMap<number, Attempt>> {
    return this.readAll(this.keys.attempts);
  }

  async saveAttempt(partition: number, attempt: Attempt): Promise<void> {
    await this.connection.ask(() =>
      this.connection.client.hset(this.keys.attempts, String(partition), JSON.stringify(attempt)),
    );
  }

  async beginRebuild(name: string, before: ReadonlyMap<number, BeforeRebuild>): Promise<void> {
    const { about, positions, attempts } = this.keys;
    const started = Array.from(rebuildPositions(before), ([partition, position]) => [
      String(partition),
      JSON.stringify(position),
    ]);
    const epoch = await this.connection.ask(() =>
      this.connection.client.beginEpoch(about, positions, attempts, name, ...started.flat()),
    );
    this.ground = undefined;
    await this.connection.ask(() => this.deleteBefore(epoch));
  }

  async lastRebuild(): Promise<string | undefined> {
    return (await this.connection.ask(() => this.connection.client.hget(this.keys.about, 'rebuild'))) ?? undefined;
  }

  halt(): Promise<void> {
    this.connection.halt();
    return Promise.resolve();
  }

  /** Who writes closes in order to end. A save that still waits for the server then must not go on, nor be an error. */
  override close(): Promise<void> {
    return this.halt();
  }

  private async epochNow(): Promise<string> {
    return (await this.connection.ask(() => this.connection.client.hget(this.keys.about, 'epoch'))) ?? FIRST_EPOCH;
  }

  /**
   * Whether the epoch is still the same, the stored positions are not behind what this process knows, and the new ones rise.
   * Asked before anything is stored: profiles that were folded on what a server had lost must not hide what is missing.
   */
  private async stands({ epoch, offsets }: Ground, positions: Save['positions']): Promise<boolean> {
    const { client } = this.connection;
    const partitions = [...positions.keys()];
    const [now, stored] = await this.connection.ask(() =>
      Promise.all([
        client.hget(this.keys.about, 'epoch'),
        partitions.length === 0 ? [] : client.hmget(this.keys.positions, ...partitions.map(String)),
      ]),
    );
    if ((now ?? FIRST_EPOCH) !== epoch) return false;
    return partitions.every((partition, index) => {
      const text = stored[index] ?? undefined;
      const before = text === undefined ? BEFORE_FIRST : (JSON.parse(text) as Position).offset;
      const after = positions.get(partition)?.offset ?? BEFORE_FIRST;
      return before >= (offsets.get(partition) ?? BEFORE_FIRST) && before < after;
    });
  }

  private saveProfile(epoch: string, { key, profile, publication }: ProfileChange): Promise<number> {
    return this.connection.client.saveProfile(
      this.keys.subject(epoch, key),
      profile.version,
      profile.encode(),
      ...(publication === undefined ? [] : [publication]),
    );
  }

  private raise({ epoch, offsets }: Ground, positions: Save['positions']): Promise<number> {
    const raised = Array.from(positions, ([partition, position]) => [
      String(partition),
      String(offsets.get(partition) ?? BEFORE_FIRST),
      String(position.offset),
      JSON.stringify(position),
    ]);
    return this.connection.ask(() =>
      this.connection.client.raisePositions(this.keys.about, this.keys.positions, epoch, ...raised.flat()),
    );
  }

  private async readAll<Value>(key: string): Promise<ReadonlyMap<number, Value>> {
    const entries = await this.connection.ask(() => this.connection.client.hgetall(key));
    return new Map(Object.entries(entries).map(([partition, text]) => [Number(partition), JSON.parse(text) as Value]));
  }

  /** What an earlier rebuild did not come to delete goes, too. */
  private async deleteBefore(epoch: number): Promise<void> {
    for (const server of this.connection.primaries()) {
      const scan = server.scanStream({ match: this.keys.pattern, count: SCAN_COUNT });
      for await (const keys of scan as AsyncIterable<readonly string[]>) {
        const outdated = keys.filter((key) => Number(this.keys.epochOf(key) ?? epoch) < epoch);
        await Promise.all(outdated.map((key) => this.connection.client.unlink(key)));
      }
    }
  }
}
