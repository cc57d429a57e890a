import { NGramModel } from '../n-gram/n-gram-model.js';
import { randomText, wordsOf } from '../n-gram/random-text.fixture.js';
import { fixedComponent } from '../next-word/fixed-component.fixture.js';
import { perplexity } from '../next-word/score-sentences.js';
import { Vocabulary } from '../text/vocabulary.js';
import { fitWeights } from './fit-weights.js';
import { componentsFor, componentsOf, fusionOf, type FusionRecipe } from './fusion-recipe.js';

const V = 30;
const vocabulary = new Vocabulary(wordsOf(V));
const nGrams = NGramModel.train(randomText(1, V, 300), { vocabulary, order: 3 });
const shop = NGramModel.train(randomText(5, V, 20), { vocabulary, order: 2 });
const network = fixedComponent('network', Array<number>(V).fill(1 / V));

test('a fusion that was written down is the one that was fitted', async () => {
  const ingredients = { nGrams, shop, network };
  const recipes = componentsFor(ingredients);
  const components = componentsOf(recipes, ingredients);
  expect(components.map(({ name }) => name)).toEqual([
    'n-gram 1',
    'n-gram 3',
    'cache 5',
    'cache 40',
    'shop',
    'network',
  ]);
  const validation = randomText(2, V, 100);
  const { weights, perplexity: fitted } = await fitWeights(components, validation);
  const written = JSON.stringify({ components: recipes, weights } satisfies FusionRecipe);
  const read = fusionOf('fusion', JSON.parse(written) as FusionRecipe, ingredients);
  expect(await perplexity(read, validation)).toBeCloseTo(fitted, 4);
});

test.each([{ kind: 'shop' } as const, { kind: 'n-gram', order: 1 } as const])(
  '%p looks at single words only',
  async (recipe) => {
    const [component] = componentsOf([recipe], { nGrams, shop });
    const out = new Float32Array(2 * V);
    await component?.afterHistories([Uint16Array.of(2, 3), Uint16Array.of(4)], out);
    expect(out.subarray(0, V)).toEqual(out.subarray(V));
  },
);

test('without a shop and a network there are only n-grams and caches', () => {
  expect(componentsFor({ nGrams }).map(({ kind }) => kind)).toEqual(['n-gram', 'n-gram', 'cache', 'cache']);
  const unigrams = NGramModel.train(randomText(1, V, 30), { vocabulary, order: 1 });
  expect(componentsFor({ nGrams: unigrams }).filter(({ kind }) => kind === 'n-gram')).toHaveLength(1);
});

test.each([
  [{ kind: 'n-gram', order: 4 } as const, 'order 3, not 4'],
  [{ kind: 'shop' } as const, "shop's n-grams"],
  [{ kind: 'network' } as const, 'a network'],
])('%p without what it needs is refused', (recipe, message) => {
  expect(() => componentsOf([recipe], { nGrams })).toThrow(message);
});
