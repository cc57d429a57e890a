import { itemVectorsSchema, splitKey, vectorOfText, type ItemId } from '@offerstream/contracts';
import type { FollowedTable } from '@offerstream/kafka';
import { unlessLost, type SearchThread } from './search-thread.js';
import { pictureSpace, type PlacedVector } from './vector-space.js';

/**
 * Tells the search thread how items look, as the topic `item-vectors` says. Nothing is kept here: the topic is read again where the thread
 * was replaced.
 */
export class PictureVectors {
  private follow: (() => FollowedTable) | undefined;
  private followed: FollowedTable | undefined;
  private caughtUp = false;
  /** Threads that had to be told. */
  private threads = 1;
  /** One topic is not followed twice. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly thread: Pick<SearchThread, 'ask'>) {}

  /** Whether the thread was told all that was there when the topic was read from its beginning. */
  get areKnown(): boolean {
    return this.caughtUp;
  }

  start(follow: () => FollowedTable): void {
    this.follow = follow;
    this.begin();
  }

  /** The thread knows nothing any more. */
  again(): Promise<void> {
    this.caughtUp = false;
    this.threads += 1;
    this.turn = this.turn.then(async () => {
      await this.followed?.close();
      this.begin();
    });
    return this.turn;
  }

  /**
   * @param key tenant:item
   * @param value null for an item that is gone
   * @returns undefined, or why the record can't be taken
   * @throws ZodError, SyntaxError when the value is none of this topic
   */
  put(key: string, value: Buffer | null): string | undefined {
    const parts = splitKey(key);
    if (parts === undefined) return 'its key is not one of this topic';
    const image = value === null ? undefined : itemVectorsSchema.parse(JSON.parse(value.toString())).image;
    let vector: PlacedVector | undefined;
    if (image !== undefined) {
      const values = vectorOfText(image.vector);
      if (values?.every(Number.isFinite) !== true || values.every((each) => each === 0))
        return 'the vector of its picture is none: it has to be made again';
      vector = { space: pictureSpace({ name: image.model, version: image.version }, values.length), values };
    }
    const item = parts.rest as ItemId;
    this.thread.ask(parts.tenant, 'picture', { item, vector }).catch(unlessLost);
    return undefined;
  }

  async close(): Promise<void> {
    this.follow = undefined;
    await this.turn;
    await this.followed?.close();
  }

  private begin(): void {
    const { threads } = this;
    this.followed = this.follow?.();
    void this.followed?.caughtUp.then(() => (this.caughtUp ||= threads === this.threads));
  }
}
