import { NGramModel, readWords, splitText, TOKENIZERS } from '@offerstream/language';
import { evaluateNGrams, languageReportText, type LanguageReport } from './language-report.js';

const REPORT: LanguageReport = {
  files: ['/data/brown.txt.gz'],
  lines: 57_340,
  vocabulary: 10_000,
  predictions: { train: 976_513, validation: 120_600, test: 121_419 },
  nGrams: [{ order: 2, validation: 154.4021, test: 156.0604 }],
  components: [
    { name: 'n-gram 5', weight: 0.41, validation: 135.999, test: 137.4666 },
    { name: 'network', weight: -0.25, validation: 118, test: 120.05 },
  ],
  fusion: { validation: 100, test: 101.5 },
  settings: { kind: 'fused', tokenizer: 'space', vocabulary: 10_000, order: 5, validation: 8, test: 9 },
  seconds: 12.4,
  machine: { cores: 2 },
};

test('the report has every perplexity, the weights, the settings and the machine', () => {
  expect(languageReportText(REPORT)).toBe(`brown.txt.gz: 57,340 lines, a vocabulary of 10,000 words.
Words and sentence ends: 976,513 to learn from, 120,600 for validation, 121,419 for the test.

perplexity              weight  validation     test
Kneser-Ney of order 2              154.402  156.060
n-gram 5                0.4100     135.999  137.467
network                -0.2500     118.000  120.050
fusion                             100.000  101.500

Settings: {"kind":"fused","tokenizer":"space","vocabulary":10000,"order":5,"validation":8,"test":9}
Machine: {"cores":2}, 12 s
`);
});

test('each order is a model of its own', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => ['a b c', 'a b d', 'b c', 'd a b c'][index % 4] as string);
  const split = splitText(await readWords(lines, TOKENIZERS.space), { vocabularySize: 10 });
  const measured = await evaluateNGrams(split, 3, new AbortController().signal);
  await expect(evaluateNGrams(split, 3, AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted');
  expect(measured.map(({ order }) => order)).toEqual([2, 3]);
  const { vocabulary, train, validation, test: held } = split;
  for (const { order, ...perplexities } of measured) {
    const model = NGramModel.train(train, { vocabulary, order });
    for (const [name, corpus] of [['validation', validation] as const, ['test', held] as const]) {
      let product = 0;
      for (const sentence of corpus.sentences()) {
        for (let at = 0; at <= sentence.length; at++) {
          product += model.logProbability(
            sentence.subarray(0, at),
            at < sentence.length ? (sentence[at] as number) : 1,
          );
        }
      }
      expect(perplexities[name]).toBeCloseTo(Math.exp(-product / corpus.predictions), 8);
    }
  }
});
