import { imageEncodersOf, type ItemId, type TenantId } from '@offerstream/contracts';
import { finiteRows, InferenceError, type InferenceClient, type InferenceTensor } from '@offerstream/inference-client';
import { kept } from '@offerstream/pipeline';
import { IMAGE_MODEL, IMAGE_MODEL_FILE, ImageRefusal, readImageModel, type ImageModel } from '@offerstream/vision';
import type { ItemRecords } from '../item-records.js';
import type { ServedVersion, ServedVersions } from '../served-versions.js';
import type { Embedded, ItemEncoder, VectorKind } from './vector-kind.js';

/** How long inference may take for one picture. */
const DEADLINE_MS = 10_000;

export interface PictureVectorsParts {
  /** What is noted of a picture is its SHA-256. */
  readonly pictures: Pick<ItemRecords<string>, 'noteOf' | 'items' | 'read'>;
  readonly versions: Pick<ServedVersions, 'first'>;
  readonly inference: Pick<InferenceClient, 'infer'>;
}

/** Vectors of items' pictures, by the model that the gateway looks at the tenant's photos with. */
export class PictureVectors implements VectorKind {
  readonly name = 'image';
  private readonly models = new Map<string, Promise<ImageModel>>();

  constructor(private readonly parts: PictureVectorsParts) {}

  sourceOf(tenant: TenantId, item: ItemId): string | undefined {
    return this.parts.pictures.noteOf(tenant, item);
  }

  itemsOf(tenant: TenantId): Iterable<ItemId> {
    return this.parts.pictures.items(tenant);
  }

  /** Pictures are sent after their items. */
  comesLater(tenant: TenantId): boolean {
    const [any] = this.itemsOf(tenant);
    return any !== undefined;
  }

  async encoderOf(tenant: TenantId): Promise<ItemEncoder | undefined> {
    const served = await this.parts.versions.first(imageEncodersOf(tenant), [IMAGE_MODEL_FILE]);
    if (served === undefined) return undefined;
    const { name, version } = served;
    return { name, version, embed: (items) => this.embed(tenant, items, served) };
  }

  private async embed(tenant: TenantId, items: readonly ItemId[], served: ServedVersion): Promise<readonly Embedded[]> {
    const { name, version, folder } = served;
    const model = await kept(this.models, `${name}/${version}`, () => readImageModel(folder));
    const embedded: Embedded[] = [];
    for (const item of items) embedded.push(await this.embedOne(tenant, item, { served, model }));
    return embedded;
  }

  private async embedOne(tenant: TenantId, item: ItemId, { served, model }: Encoder): Promise<Embedded> {
    const picture = await this.parts.pictures.read(tenant, item);
    if (picture === undefined) return undefined;
    const { note: source, value } = picture;
    try {
      return { source, vector: await this.lookAt(await model.inputOf(value), served, model.embedding.dimensions) };
    } catch (error) {
      if (error instanceof ImageRefusal) return { source, refusal: error.message };
      if (error instanceof InferenceError && !error.canRetry) return { failure: error.message };
      throw error;
    }
  }

  private async lookAt(
    { name, shape, data }: Awaited<ReturnType<ImageModel['inputOf']>>,
    { name: model, version }: ServedVersion,
    dimensions: number,
  ): Promise<Float32Array> {
    const input: InferenceTensor =
      data instanceof Float32Array ? { datatype: 'FP32', shape, data } : { datatype: 'UINT8', shape, data };
    const { outputs } = await this.parts.inference.infer({
      model,
      version,
      inputs: { [name]: input },
      outputs: [IMAGE_MODEL.embedding],
      deadlineMs: DEADLINE_MS,
    });
    const output = IMAGE_MODEL.embedding;
    return finiteRows(outputs[output], { model, output, rows: 1, width: dimensions }).data;
  }
}

interface Encoder {
  readonly served: ServedVersion;
  readonly model: ImageModel;
}
