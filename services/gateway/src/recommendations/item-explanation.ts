import {
  ACTION,
  ACTION_NAMES,
  EXPLANATION_SOURCES,
  type ActionCode,
  type ActionName,
  type ItemId,
  type Strategy,
} from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';
import { because, type Reason } from './because.js';
import { sumOf, type ScoreParts } from './explainer.js';
import type { ItemExplanation } from './recommendation-schemas.js';

const NAME_OF_ACTION = new Map<ActionCode, ActionName>(ACTION_NAMES.map((name) => [ACTION[name], name]));

/** What a shopper did, by the names that people know. */
export interface PastInteraction {
  /** Null for an item that nobody knows by its id any more. */
  readonly item: ItemId | null;
  readonly action: ActionName;
  /** RFC 3339. */
  readonly at: string;
}

/** In the order of the profile's history. @param idOf undefined for an item that is not known */
export const pastInteractions = (
  profile: Profile,
  idOf: (hash: bigint) => ItemId | undefined,
): readonly PastInteraction[] =>
  profile.history().map(({ itemHash, action, timeSeconds }) => ({
    item: idOf(itemHash) ?? null,
    action: NAME_OF_ACTION.get(action) ?? 'view',
    at: new Date(timeSeconds * 1_000).toISOString(),
  }));

/** What an answer was made from. */
export interface Grounds {
  readonly past: readonly PastInteraction[];
  readonly context: readonly ItemId[];
  /** How a person knows an item. */
  readonly nameOf: (item: ItemId) => string;
}

/**
 * Why an item is there, with the parts of its score, those that add nothing left out.
 *
 * @param given undefined for an item that no model has ranked: then, and where the parts are no numbers, the score is all there is
 */
export const itemExplanation = (
  chosen: { readonly item: ItemId; readonly score: number; readonly strategy: Strategy },
  given: ScoreParts | undefined,
  { past, context, nameOf }: Grounds,
): ItemExplanation => {
  const parts = given !== undefined && Number.isFinite(sumOf(given)) ? given : undefined;
  const interactions = withValues(past, parts?.interactions ?? []);
  const shown = withValues(
    context.map((item) => ({ item })),
    parts?.context ?? [],
  );
  const reasons: readonly Reason[] = [
    ...interactions.flatMap(({ item, action, value }) => (item === null ? [] : [{ item, did: action, value }])),
    ...shown.map(({ item, value }) => ({ item, did: 'see' as const, value })),
  ];
  const sources = parts?.sources && sourcesOf(parts.sources);
  return {
    sentence: because(chosen, reasons, nameOf, sources),
    interactions,
    context: shown,
    other: parts?.other ?? chosen.score,
    ...(sources !== undefined && { sources }),
  };
};

const sourcesOf = (values: readonly number[]): ItemExplanation['sources'] =>
  withValues(
    EXPLANATION_SOURCES.map((source) => ({ source })),
    values,
  );

const withValues = <Part extends object>(
  parts: readonly Part[],
  values: readonly number[],
): (Part & { readonly value: number })[] =>
  parts.flatMap((part, index) => {
    const value = values[index] ?? 0;
    return value === 0 ? [] : [{ ...part, value }];
  });
