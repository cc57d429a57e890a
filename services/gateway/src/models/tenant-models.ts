import type { TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { ServingVersion } from './model-folder.js';

/** What a model is called to who names one that the tenant has not. */
export interface ModelKind {
  readonly what: string;
  /** What the operator does where there is none. */
  readonly whereFrom: string;
}

/** What a tenant owns has its id before the first dot; what has no dot is everybody's. */
export const isFor = (tenant: TenantId, name: string): boolean => !name.includes('.') || name.startsWith(`${tenant}.`);

/**
 * The model of this name among those of a kind, if the tenant may name it. Nobody is told that another tenant's model exists.
 *
 * @param isSet whether the gateway has a model repository
 * @throws Problem `model-unknown`
 */
export const modelOfTenant = <Model extends ServingVersion>(
  tenant: TenantId,
  name: string,
  models: ReadonlyMap<string, Model>,
  { what, whereFrom, isSet }: ModelKind & { readonly isSet: boolean },
): Model => {
  const model = models.get(name);
  if (model !== undefined && isFor(tenant, name)) return model;
  const names = [...models.keys()].filter((each) => isFor(tenant, each)).sort();
  throw new Problem({
    status: 404,
    code: 'model-unknown',
    reason: isSet ? `The tenant has no ${what} ${name}.` : `This gateway serves no ${what}s.`,
    fix: isSet
      ? names.length > 0
        ? `Name one that it has: ${names.join(', ')}.`
        : `It has none yet. Have the operator ${whereFrom}.`
      : 'Have the operator set MODELS_DIR to the model repository.',
  });
};
