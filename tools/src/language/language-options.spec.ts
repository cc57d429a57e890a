import { Command } from 'commander';
import { REFERENCE, settingsOf, SMALL, withLanguageOptions, type LanguageOptions } from './language-options.js';

const parse = (args: readonly string[], defaults: typeof SMALL | typeof REFERENCE = SMALL): LanguageOptions =>
  withLanguageOptions(new Command(), defaults).exitOverride().parse(args, { from: 'user' }).opts();

test('without options there is a small fusion, whose words are read as the source wants it', () => {
  const small = {
    kind: 'fused',
    vocabulary: 10_000,
    order: 5,
    network: { embedding: 64, hidden: 128, layers: 1, epochs: 10, learningRate: 0.002 },
  };
  expect(settingsOf(parse([]), 'text')).toEqual({ ...small, tokenizer: 'space-lower-case' });
  expect(settingsOf(parse([]), 'catalog')).toEqual({ ...small, tokenizer: 'title' });
  expect(settingsOf(parse(['--tokenizer', 'title']), 'text')).toEqual({ ...small, tokenizer: 'title' });
});

test('an evaluation has the reference network', () => {
  expect(settingsOf(parse([], REFERENCE), 'text').network).toMatchObject({ embedding: 128, hidden: 256, layers: 2 });
});

test('settings are those of the kind alone, so that others make no other training', () => {
  expect(settingsOf(parse(['--kind', 'ngram', '--hidden', '7']), 'text')).not.toHaveProperty('network');
  const transformer = settingsOf(parse(['--kind', 'transformer', '--hidden', '7', '--threads', '1']), 'text');
  expect(transformer.network).toEqual({ embedding: 64, layers: 1, epochs: 10, learningRate: 0.002 });
});
