import type { Tenant } from '@offerstream/contracts';
import type { ServingImageModel } from '../models/model-folder.js';
import { spaceOf, type PlacedVector } from '../search/vector-space.js';
import type { ImageModels } from './image-models.js';
import type { ImagePool } from './image-pool.js';

/** Where a photo lies among the pictures of a shop's items. */
export interface EmbeddedPhoto {
  readonly model: ServingImageModel;
  readonly vector: PlacedVector;
}

/** Makes embeddings of photos, for whatever in the gateway looks for what is alike. */
export class PhotoEmbedder {
  constructor(
    private readonly models: Pick<ImageModels, 'encoder'>,
    private readonly pool: Pick<ImagePool, 'ask'>,
  ) {}

  /**
   * By the model that the tenant's pictures are looked at with.
   *
   * @throws Problem `model-unknown`, `images-busy`, `images-failed`, `model-away`, `model-unusable`, `timed-out`, and what is said of bytes
   * that are no photo; the signal's reason
   */
  async embed(tenant: Tenant, bytes: Uint8Array, signal: AbortSignal): Promise<EmbeddedPhoto> {
    const model = this.models.encoder(tenant.id);
    const photos = [{ field: 'image', bytes }];
    const { vectors: values } = await this.pool.ask(tenant.id, { kind: 'embed', model, photos }, { signal });
    return { model, vector: { space: spaceOf(model, model.dimensions), values } };
  }
}
