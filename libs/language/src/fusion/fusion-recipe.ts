import { LanguageError } from '../errors.js';
import type { NGramModel } from '../n-gram/n-gram-model.js';
import { cacheComponent } from '../next-word/cache-component.js';
import { nGramComponent } from '../next-word/n-gram-component.js';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { LogLinearModel } from './log-linear-model.js';

/** One component of a fusion, as it is written down. */
export type ComponentRecipe =
  /** The n-gram model, or the shorter one inside it that looks at `order` words. */
  | { readonly kind: 'n-gram'; readonly order: number }
  /** Words of the history, see `cacheComponent`; its background are the n-gram model's single words. */
  | { readonly kind: 'cache'; readonly halfLifeWords: number; readonly backgroundWeight: number }
  /** The shop's own single words. */
  | { readonly kind: 'shop' }
  | { readonly kind: 'network' };

/** How a fusion is put together; JSON, kept beside the files of its models. */
export interface FusionRecipe {
  readonly components: readonly ComponentRecipe[];
  /** θ, one a component. */
  readonly weights: readonly number[];
}

/** What recipes are made from, all of one vocabulary. */
export interface FusionIngredients {
  readonly nGrams: NGramModel;
  /** An n-gram model of the shop's texts; its single words are used. */
  readonly shop?: NGramModel;
  readonly network?: NextWordModel;
}

/**
 * The components that helped on the Brown corpus. What all words have in common is in each of the models and counted several times; the
 * n-gram model's single words take it out again with a negative weight. Orders between the first and the last added nothing.
 */
export const componentsFor = ({ nGrams, shop, network }: FusionIngredients): readonly ComponentRecipe[] => [
  ...(nGrams.order > 1 ? [{ kind: 'n-gram', order: 1 } as const] : []),
  { kind: 'n-gram', order: nGrams.order },
  { kind: 'cache', halfLifeWords: 5, backgroundWeight: 2 },
  { kind: 'cache', halfLifeWords: 40, backgroundWeight: 20 },
  ...(shop === undefined ? [] : [{ kind: 'shop' } as const]),
  ...(network === undefined ? [] : [{ kind: 'network' } as const]),
];

/**
 * Makes components from their recipes.
 *
 * @throws {LanguageError} `bad-option` where a recipe needs what is not there
 */
export const componentsOf = (
  recipes: readonly ComponentRecipe[],
  { nGrams, shop, network }: FusionIngredients,
): readonly NextWordModel[] => {
  const singleWords = new Float32Array(nGrams.vocabulary.size);
  nGrams.distribution([], singleWords, 1);
  return recipes.map((recipe) => {
    switch (recipe.kind) {
      case 'n-gram':
        if (recipe.order > nGrams.order) {
          throw new LanguageError('bad-option', `The n-gram model has order ${nGrams.order}, not ${recipe.order}.`);
        }
        return nGramComponent(`n-gram ${recipe.order}`, nGrams, recipe.order);
      case 'cache': {
        const { halfLifeWords, backgroundWeight } = recipe;
        return cacheComponent(`cache ${halfLifeWords}`, { background: singleWords, halfLifeWords, backgroundWeight });
      }
      case 'shop':
        return nGramComponent('shop', given(shop, "the shop's n-grams"), 1);
      case 'network':
        return given(network, 'a network');
    }
  });
};

/** @throws {LanguageError} `bad-option`, `vocabularies-differ` */
export const fusionOf = (
  name: string,
  { components, weights }: FusionRecipe,
  ingredients: FusionIngredients,
): LogLinearModel => new LogLinearModel(name, componentsOf(components, ingredients), weights);

const given = <T>(ingredient: T | undefined, what: string): T => {
  if (ingredient !== undefined) return ingredient;
  throw new LanguageError('bad-option', `The fusion is made with ${what}, which is not given.`);
};
