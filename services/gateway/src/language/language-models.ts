import type { TenantId } from '@offerstream/contracts';
import type { ModelFolder, ServingEncoder, ServingVersion } from '../models/model-folder.js';
import { isFor, modelOfTenant, type ModelKind } from '../models/tenant-models.js';

/** Which language models and encoders a tenant has. Nobody is told that another tenant's model exists. */
export class LanguageModels {
  constructor(private readonly folder: Pick<ModelFolder, 'isSet' | 'languageModels' | 'encoders'>) {}

  /** The model that was trained on the tenant's own words. */
  of(tenant: TenantId): ServingVersion | undefined {
    return this.folder.languageModels.get(ownModel(tenant));
  }

  /** All that the tenant may name, by name. */
  list(tenant: TenantId): readonly ServingVersion[] {
    return [...this.folder.languageModels.values(), ...this.folder.encoders.values()]
      .filter(({ name }) => isFor(tenant, name))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws Problem `model-unknown` */
  find(tenant: TenantId, name: string): ServingVersion {
    const all = new Map<string, ServingVersion>([...this.folder.languageModels, ...this.folder.encoders]);
    return this.known(tenant, name, all, ANY);
  }

  /** The one that is named, or the tenant's own. @throws Problem `model-unknown` */
  languageModel(tenant: TenantId, name = ownModel(tenant)): ServingVersion {
    return this.known(tenant, name, this.folder.languageModels, LANGUAGE_MODEL);
  }

  /** @throws Problem `model-unknown` */
  encoder(tenant: TenantId, name: string): ServingEncoder {
    return this.known(tenant, name, this.folder.encoders, SENTENCE_ENCODER);
  }

  private known<Model extends ServingVersion>(
    tenant: TenantId,
    name: string,
    models: ReadonlyMap<string, Model>,
    kind: ModelKind,
  ): Model {
    return modelOfTenant(tenant, name, models, { ...kind, isSet: this.folder.isSet });
  }
}

const ownModel = (tenant: TenantId): string => `${tenant}.language`;

const TRAIN_LANGUAGE = 'train one: npm run train -- language';
const LANGUAGE_MODEL: ModelKind = { what: 'language model', whereFrom: TRAIN_LANGUAGE };
const SENTENCE_ENCODER: ModelKind = {
  what: 'sentence encoder',
  whereFrom: 'add one: npm run models -- add all-minilm-l6-v2, or npm run train -- encoder',
};
const ANY: ModelKind = { what: 'model', whereFrom: TRAIN_LANGUAGE };
