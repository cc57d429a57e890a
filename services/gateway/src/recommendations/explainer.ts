import type { ServingModel } from '@offerstream/decisioning';
import { InferenceError, type ExplanationClient } from '@offerstream/inference-client';
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
}

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

  /** Parts of the items' scores, in their order; undefined where the model has no such sibling, or it does not answer. */
  async explain({ model, profile, context, items }: ExplainRequest): Promise<readonly ScoreParts[] | undefined> {
    const histories = historiesOf([profile]);
    try {
      const { contributions, width, bias } = await this.client.explain({
        model: model.name,
        version: model.version,
        ...histories,
        ...(context.length === 0 ? {} : { context: { items: BigInt64Array.from(context), width: context.length } }),
        items: BigInt64Array.from(items),
        depth: items.length,
        deadlineMs: this.options.deadlineMs,
      });
      return items.map((_, index) => {
        const parts = contributions.subarray(index * width, (index + 1) * width);
        return {
          // Shorter histories are padded on the left.
          interactions: Array.from(parts.subarray(histories.length - profile.historyLength, histories.length)),
          context: Array.from(parts.subarray(histories.length)),
          other: bias[index] ?? 0,
        };
      });
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      this.options.onFailed(error);
      return undefined;
    }
  }
}

/** The score that the parts make. */
export const sumOf = ({ interactions, context, other }: ScoreParts): number =>
  [...interactions, ...context].reduce((sum, part) => sum + part, other);
