import { languageModelCard } from './language-model-card.js';

test('a card says what the model is, what it learned from and how good it is', () => {
  const card = languageModelCard('demo.language', {
    kind: 'lstm',
    vocabulary: 10_000,
    learnedFrom: 976_513,
    heldOut: { validation: 120_600, test: 121_419 },
    perplexities: [
      { name: 'n-gram 5', validation: 135.999, test: 137.467 },
      { name: 'lstm', validation: 110.5, test: 111.25 },
    ],
    settings: { hidden: 256 },
  });
  expect(card).toContain('# demo.language\n\nA long short-term memory network');
  expect(card).toContain('10000 words');
  expect(card).toContain('Learned from 976513 words');
  expect(card).toContain('(120600 words and ends), the test part (121419)');
  expect(card).toContain('| n-gram 5 | 136.00 | 137.47 |\n| lstm | 110.50 | 111.25 |\n');
  expect(card).toContain('`{"hidden":256}`');
  expect(card).not.toContain('shop');
});

test('a card says what is of the shop’s own texts', () => {
  const card = languageModelCard('demo.language', {
    kind: 'fused',
    vocabulary: 10_000,
    learnedFrom: 976_513,
    shop: 4_321,
    heldOut: { validation: 120_600, test: 121_419 },
    perplexities: [],
    settings: {},
  });
  expect(card).toContain("The single words of the shop's own texts (4321 words and ends) are a part of it");
});
