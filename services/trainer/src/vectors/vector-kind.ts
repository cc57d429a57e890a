import type { ItemId, ItemVectors, TenantId } from '@offerstream/contracts';

export type KindName = 'text' | 'image';

/** What became of one item. */
export type Embedded =
  | { readonly source: string; readonly vector: Float32Array }
  /** What it is made of can't be looked at, whatever looks. */
  | { readonly source: string; readonly refusal: string }
  /** The encoder could not; it may another time. */
  | { readonly failure: string }
  /** It has changed meanwhile, and will be looked at again. */
  | undefined;

/** A version of a model that makes vectors of a tenant's items. */
export interface ItemEncoder {
  readonly name: string;
  readonly version: string;
  /**
   * One answer for each item.
   *
   * @throws InferenceError while nothing can be asked; an error of Kafka while it is away; VisionError, LanguageError where it is damaged
   */
  embed(items: readonly ItemId[]): Promise<readonly Embedded[]>;
}

/** A kind of vectors: what they are made of, and by what. */
export interface VectorKind {
  readonly name: KindName;
  /** SHA-256 (hex) of what an item's vector is made of; undefined where the item has nothing of the kind. */
  sourceOf(tenant: TenantId, item: ItemId): string | undefined;
  /** Items that have something of the kind. */
  itemsOf(tenant: TenantId): Iterable<ItemId>;
  /** Whether an item that has nothing of the kind may get it in a moment. */
  comesLater(tenant: TenantId): boolean;
  /** Undefined where none is served. Nothing is read of it before it is to embed. */
  encoderOf(tenant: TenantId): Promise<ItemEncoder | undefined>;
}

/** What is remembered of an item's vectors: of which model, and what it was made of. */
export type VectorOrigins = Readonly<Partial<Record<KindName, Omit<NonNullable<ItemVectors[KindName]>, 'vector'>>>>;
