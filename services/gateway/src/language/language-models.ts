import type { TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { ModelFolder, ServingEncoder, ServingVersion } from './model-folder.js';

/** Which language models and encoders a tenant has. Nobody is told that another tenant's model exists. */
export class LanguageModels {
  constructor(private readonly folder: Pick<ModelFolder, 'isSet' | 'languageModels' | 'encoders'>) {}

  /** The model that was trained on the tenant's own words. */
  of(tenant: TenantId): ServingVersion | undefined {
    return this.folder.languageModels.get(`${tenant}.language`);
  }

  /** All that the tenant may name, by name. */
  list(tenant: TenantId): readonly ServingVersion[] {
    return [...this.folder.languageModels.values(), ...this.folder.encoders.values()]
      .filter(({ name }) => isFor(tenant, name))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws Problem `model-unknown` */
  find(tenant: TenantId, name: string): ServingVersion {
    return this.known(tenant, name, this.folder.languageModels.get(name) ?? this.folder.encoders.get(name), 'model');
  }

  /** @throws Problem `model-unknown` */
  languageModel(tenant: TenantId, name: string): ServingVersion {
    return this.known(tenant, name, this.folder.languageModels.get(name), 'language model');
  }

  /** @throws Problem `model-unknown` */
  encoder(tenant: TenantId, name: string): ServingEncoder {
    return this.known(tenant, name, this.folder.encoders.get(name), 'sentence encoder');
  }

  private known<Model extends ServingVersion>(
    tenant: TenantId,
    name: string,
    model: Model | undefined,
    what: string,
  ): Model {
    if (model !== undefined && isFor(tenant, name)) return model;
    const names = this.list(tenant).map((each) => each.name);
    throw new Problem({
      status: 404,
      code: 'model-unknown',
      reason: this.folder.isSet ? `The tenant has no ${what} ${name}.` : 'This gateway serves no language models.',
      fix: this.folder.isSet
        ? `Name one that it has: ${names.join(', ') || 'it has none yet, train one first'}.`
        : 'Have the operator set MODELS_DIR to the model repository.',
    });
  }
}

/** What a tenant owns has its id before the first dot; what has no dot is everybody's. */
const isFor = (tenant: TenantId, name: string): boolean => !name.includes('.') || name.startsWith(`${tenant}.`);
