import { EXPLANATION_SOURCES } from '@offerstream/contracts';
import type { ServingModel } from '@offerstream/decisioning';
import { InferenceError, type ExplanationClient, type InferenceErrorCode } from '@offerstream/inference-client';
import type { Profile } from '@offerstream/profile';
import { historiesOf } from '@offerstream/ranking';

export interface ExplainRequest {
  readonly model: Pick<ServingModel, 'name' | 'version'>;
  readonly profile: Profile;
  /** Item hashes of what the page or cart shows. */
  readonly context: readonly bigint[];
  /** Hashes of the items whose scores are asked for, at least one. */
  readonly items: readonly bigint[];
}

/** Where an item's score comes from: the parts sum to it. Of an item that the model does not know, all are 0. */
export interface ScoreParts {
  /** What each interaction adds, in the order of the profile's history. */
  readonly interactions: readonly number[];
  /** What each context item adds. */
  readonly context: readonly number[];
  /** What is no single interaction's. */
  readonly other: number;
  /** What of the interactions' and the context's parts comes from each source, in the order of the contracts, where the model says so. */
  readonly sources?: readonly number[];
}

/** Parts of the items' scores, in their order, or why there are none. `not-found`: the model has no sibling that explains it. */
export type Explained = { readonly parts: readonly ScoreParts[] } | { readonly unexplained: InferenceErrorCode };

export interface ExplainerOptions {
  readonly deadlineMs: number;
  /** Called for each request that is not answered; a model without a sibling is no fault. */
  readonly onFailed: (error: InferenceError) => void;
}

/** Asks the siblings of models that explain them. */
export class Explainer {
  constructor(
    private readonly client: Pick<ExplanationClient, 'explain'>,
    private readonly options: ExplainerOptions,
  ) {}

  async explain({ model, profile, context, items }: ExplainRequest): Promise<Explained> {
    const histories = historiesOf([profile]);
    try {
      const { contributions, width, bias, sources } = await this.client.explain({
        model: model.name,
        version: model.version,
        ...histories,
        ...(context.length === 0 ? {} : { context: { items: BigInt64Array.from(context), width: context.length } }),
        items: BigInt64Array.from(items),
        depth: items.length,
        deadlineMs: this.options.deadlineMs,
      });
      const parts = items.map((_, index) => {
        const ofItem = contributions.subarray(index * width, (index + 1) * width);
        return {
          // Shorter histories are padded on the left.
          interactions: Array.from(ofItem.subarray(histories.length - profile.historyLength, histories.length)),
          context: Array.from(ofItem.subarray(histories.length)),
          other: bias[index] ?? 0,
          ...(sources !== undefined && {
            sources: Array.from(
              sources.subarray(index * EXPLANATION_SOURCES.length, (index + 1) * EXPLANATION_SOURCES.length),
            ),
          }),
        };
      });
      return { parts };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      this.options.onFailed(error);
      return { unexplained: error.code };
    }
  }
}

/** The score that the parts make. */
export const sumOf = ({ interactions, context, other }: ScoreParts): number =>
  [...interactions, ...context].reduce((sum, part) => sum + part, other);
