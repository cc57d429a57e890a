import { Command } from 'commander';
import {
  REFERENCE,
  settingsOf,
  SMALL,
  tokenizerOf,
  withLanguageOptions,
  type LanguageOptions,
} from './language-options.js';

const parse = (args: readonly string[], defaults = SMALL): LanguageOptions =>
  withLanguageOptions(new Command(), defaults).exitOverride().parse(args, { from: 'user' }).opts();

test('words are read as the source wants it, unless an option says otherwise', () => {
  expect(tokenizerOf(parse([]), 'text')).toBe('space-lower-case');
  expect(tokenizerOf(parse([]), 'catalog')).toBe('title');
  expect(tokenizerOf(parse(['--tokenizer', 'title']), 'text')).toBe('title');
});

test.each([
  [10_000, 60],
  [100_000, 20],
  [10_000_000, 4],
])('without options %p words make a small fusion in %p passes', (learnedFrom, epochs) => {
  expect(settingsOf(parse([]), 'title', learnedFrom)).toEqual({
    kind: 'fused',
    tokenizer: 'title',
    vocabulary: 10_000,
    order: 5,
    network: { embedding: 64, hidden: 128, layers: 1, epochs, learningRate: 0.002 },
  });
});

test('an evaluation has the reference network', () => {
  const { network } = settingsOf(parse([], REFERENCE), 'space', 1_000);
  expect(network).toEqual({ embedding: 128, hidden: 256, layers: 2, epochs: 12, learningRate: 0.002 });
});

test('settings are those of the kind alone, so that others make no other training', () => {
  expect(settingsOf(parse(['--kind', 'ngram', '--hidden', '7']), 'space', 1_000)).not.toHaveProperty('network');
  const args = ['--kind', 'transformer', '--hidden', '7', '--epochs', '3', '--threads', '1'];
  const { network } = settingsOf(parse(args), 'space', 1_000);
  expect(network).toEqual({ embedding: 64, layers: 1, epochs: 3, learningRate: 0.002 });
});
