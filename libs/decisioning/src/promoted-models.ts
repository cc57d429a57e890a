import { itemHash, promotedModelSchema, splitKey, type PromotedModel, type TenantId } from '@offerstream/contracts';

/** A promoted model, with the hashes of its popular items, best first. */
export interface ServingModel extends Pick<PromotedModel, 'name' | 'version' | 'family'> {
  readonly popular: readonly bigint[];
}

/** Which version of each model serves, from the topic `models`. */
export class PromotedModels {
  private readonly models = new Map<string, ServingModel>();
  private readonly ofTenants = new Map<TenantId, readonly ServingModel[]>();

  /**
   * @param key tenant:model
   * @param value null withdraws the model
   * @returns undefined, or why the record can't be taken
   * @throws ZodError when the value is not a promoted model
   */
  put(key: string, value: Buffer | null): string | undefined {
    if (value === null) this.models.delete(key);
    else {
      const { tenant, name, version, family, popular } = promotedModelSchema.parse(JSON.parse(value.toString()));
      if (splitKey(key)?.tenant !== tenant) return "the key is another tenant's";
      this.models.set(key, { name, version, family, popular: popular.map((item) => itemHash(tenant, item)) });
    }
    this.ofTenants.clear();
    return undefined;
  }

  get(tenant: string, name: string): ServingModel | undefined {
    return this.models.get(`${tenant}:${name}`);
  }

  /** A tenant's models by name: in the same order in every process, whatever compaction has left of the topic. */
  of(tenant: TenantId): readonly ServingModel[] {
    let models = this.ofTenants.get(tenant);
    if (models === undefined) {
      models = Array.from(this.models)
        .flatMap(([key, model]) => (key.startsWith(`${tenant}:`) ? [model] : []))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
      this.ofTenants.set(tenant, models);
    }
    return models;
  }

  /**
   * Hashes of the tenant's popular items, best first: as this model knows them, or where it is not promoted the tenant's first
   * model; none where there is none. Whoever falls back to popular items takes them from here, so that all show the same.
   */
  popularOf(tenant: TenantId, model?: string): readonly bigint[] {
    const named = model === undefined ? undefined : this.get(tenant, model);
    return (named ?? this.of(tenant)[0])?.popular ?? [];
  }

  all(): ServingModel[] {
    return [...this.models.values()];
  }
}
