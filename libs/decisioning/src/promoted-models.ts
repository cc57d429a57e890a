import { itemHash, promotedModelSchema, type PromotedModel } from '@offerstream/contracts';

/** A promoted model, with the hashes of its popular items, best first. */
export interface ServingModel extends Pick<PromotedModel, 'name' | 'version'> {
  readonly popular: readonly bigint[];
}

/** Which version of each model serves, from the topic `models`. */
export class PromotedModels {
  private readonly models = new Map<string, ServingModel>();

  /** @param value null withdraws the model. @throws ZodError when the value is not a promoted model. */
  put(key: string, value: Buffer | null): void {
    if (value === null) {
      this.models.delete(key);
      return;
    }
    const { tenant, name, version, popular } = promotedModelSchema.parse(JSON.parse(value.toString()));
    this.models.set(key, { name, version, popular: popular.map((item) => itemHash(tenant, item)) });
  }

  get(tenant: string, name: string): ServingModel | undefined {
    return this.models.get(`${tenant}:${name}`);
  }

  all(): ServingModel[] {
    return [...this.models.values()];
  }
}
