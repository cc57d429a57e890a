import type { TenantId } from '@offerstream/contracts';
import {
  languageModelCard,
  languageModelFiles,
  type LanguageMetrics,
  type LanguageSettings,
  type LearnedLanguageModel,
  type SplitText,
} from '@offerstream/language';
import type { StoredVersion } from '@offerstream/learning';
import { storeUntilServed, type Destination } from './store-until-served.js';

export interface StoreOptions {
  readonly destination: Destination;
  readonly tenant: TenantId;
  readonly split: SplitText;
  readonly settings: LanguageSettings;
  readonly signal: AbortSignal;
}

/**
 * Makes a model the next version of the tenant's language model, and waits until inference serves what it has to. Whatever ends this
 * before takes the version away again.
 *
 * @throws TrainError `model-not-served`; LearningError; the signal's reason when it aborts
 */
export const storeLanguageModel = async (
  { model, network, components, fusion }: LearnedLanguageModel,
  { destination, tenant, split, settings, signal }: StoreOptions,
): Promise<{ readonly stored: StoredVersion; readonly card: string }> => {
  const name = languageModelName(tenant);
  const metrics: LanguageMetrics = {
    kind: model.kind,
    vocabulary: split.vocabulary.size,
    learnedFrom: split.train.predictions,
    ...(split.shop !== undefined && { shop: split.shop.predictions }),
    heldOut: { validation: split.validation.predictions, test: split.test.predictions },
    perplexities: [
      ...components.map(({ name: component, validation, test }) => ({ name: component, validation, test })),
      ...(fusion === undefined ? [] : [{ name: 'fusion', ...fusion }]),
    ],
    settings,
  };
  const card = languageModelCard(name, metrics);
  const contents = { ...languageModelFiles(model, network), card, metrics };
  const stored = await storeUntilServed(destination, name, contents, signal);
  return { stored, card };
};

/** The language model of a tenant in the repository. */
export const languageModelName = (tenant: TenantId): string => `${tenant}.language`;
