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

  constructor(private readonly thread: Pick<SearchThread, 'ask'>) {}

  start(follow: () => FollowedTable): void {
    this.follow = follow;
    this.followed = follow();
  }

  /** The thread knows nothing any more. */
  async again(): Promise<void> {
    await this.followed?.close();
    this.followed = this.follow?.();
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
    await this.followed?.close();
  }
}
