import type { TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { ModelFolder, ServingEncoder, ServingVersion } from './model-folder.js';

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
    { what, whereFrom }: Kind,
  ): Model {
    const model = models.get(name);
    if (model !== undefined && isFor(tenant, name)) return model;
    const names = [...models.keys()].filter((each) => isFor(tenant, each)).sort();
    throw new Problem({
      status: 404,
      code: 'model-unknown',
      reason: this.folder.isSet ? `The tenant has no ${what} ${name}.` : 'This gateway serves no language models.',
      fix: this.folder.isSet
        ? names.length > 0
          ? `Name one that it has: ${names.join(', ')}.`
          : `It has none yet. Have the operator ${whereFrom}.`
        : 'Have the operator set MODELS_DIR to the model repository.',
    });
  }
}

const ownModel = (tenant: TenantId): string => `${tenant}.language`;

interface Kind {
  readonly what: string;
  /** What the operator does where there is none. */
  readonly whereFrom: string;
}
const TRAIN_LANGUAGE = 'train one: npm run train -- language';
const LANGUAGE_MODEL: Kind = { what: 'language model', whereFrom: TRAIN_LANGUAGE };
const SENTENCE_ENCODER: Kind = {
  what: 'sentence encoder',
  whereFrom: 'add one: npm run models -- add all-minilm-l6-v2, or npm run train -- encoder',
};
const ANY: Kind = { what: 'model', whereFrom: TRAIN_LANGUAGE };

/** What a tenant owns has its id before the first dot; what has no dot is everybody's. */
const isFor = (tenant: TenantId, name: string): boolean => !name.includes('.') || name.startsWith(`${tenant}.`);
