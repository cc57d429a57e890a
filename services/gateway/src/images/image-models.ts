import { imageEncodersOf, ownImageModelOf, PRETRAINED_IMAGE_ENCODER, type TenantId } from '@offerstream/contracts';
import type { ModelFolder, ServingImageModel } from '../models/model-folder.js';
import { modelOfTenant, type ModelKind } from '../models/tenant-models.js';

/** Which image models a tenant has. Nobody is told that another tenant's model exists. */
export class ImageModels {
  constructor(private readonly folder: Pick<ModelFolder, 'isSet' | 'imageModels'>) {}

  /**
   * @param name left out: the one that was trained on the tenant's own photos
   * @throws Problem `model-unknown`
   */
  classifier(tenant: TenantId, name = ownImageModelOf(tenant)): ServingImageModel {
    const classifiers = [...this.folder.imageModels].filter(([, { classes }]) => classes > 0);
    return this.known(tenant, name, new Map(classifiers), CLASSIFIER);
  }

  /**
   * @param name left out: the one that the tenant's pictures are looked at with
   * @throws Problem `model-unknown`
   */
  encoder(tenant: TenantId, name = this.encoderOf(tenant)?.name ?? ownImageModelOf(tenant)): ServingImageModel {
    return this.known(tenant, name, this.folder.imageModels, ENCODER);
  }

  /** The model that the tenant's pictures are looked at with: the one that was trained on its own photos, else the pretrained one. */
  encoderOf(tenant: TenantId): ServingImageModel | undefined {
    const { imageModels } = this.folder;
    const name = imageEncodersOf(tenant).find((each) => imageModels.has(each));
    return name === undefined ? undefined : imageModels.get(name);
  }

  private known(
    tenant: TenantId,
    name: string,
    models: ReadonlyMap<string, ServingImageModel>,
    kind: ModelKind,
  ): ServingImageModel {
    return modelOfTenant(tenant, name, models, { ...kind, isSet: this.folder.isSet });
  }
}

const TRAIN = 'train one: npm run train -- vision';
const CLASSIFIER: ModelKind = { what: 'image classifier', whereFrom: TRAIN };
const ENCODER: ModelKind = {
  what: 'image model',
  whereFrom: `add one: npm run models -- add ${PRETRAINED_IMAGE_ENCODER}, or ${TRAIN}`,
};
