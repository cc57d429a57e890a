export const LANGUAGE_MODEL_KINDS = ['ngram', 'lstm', 'transformer', 'fused'] as const;
export type LanguageModelKind = (typeof LANGUAGE_MODEL_KINDS)[number];

/** What a language model scored on sentences that it had not seen: contents of `metrics.json`. */
export interface LanguageMetrics {
  readonly kind: LanguageModelKind;
  /** Words that the model knows. */
  readonly vocabulary: number;
  /** Words and sentence ends that it learned from. */
  readonly learnedFrom: number;
  /** Those of the shop's own texts, whose single words are a part of it; what is held out has lines of them, too. */
  readonly shop?: number;
  readonly heldOut: {
    /** Words and sentence ends of each part. */
    readonly validation: number;
    readonly test: number;
  };
  /** Perplexities, the model's own last. */
  readonly perplexities: readonly {
    readonly name: string;
    readonly validation: number;
    readonly test: number;
  }[];
  readonly settings: object;
}

const KINDS: Readonly<Record<LanguageModelKind, string>> = {
  ngram: 'N-grams with modified Kneser-Ney smoothing',
  lstm: 'A long short-term memory network',
  transformer: 'A causal Transformer',
  fused: 'Several language models as one, their log-probabilities added up with weights',
};

const ofShop = (words: number): string =>
  ` The single words of the shop's own texts (${words} words and ends) are a part of it; what it had not seen are sentences of both.`;

/** A model's card: Markdown for people (Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, cut to what is known here). */
export const languageModelCard = (name: string, metrics: LanguageMetrics): string => {
  const { kind, vocabulary, learnedFrom, shop, heldOut, perplexities, settings } = metrics;
  const rows = perplexities.map((row) => `| ${row.name} | ${row.validation.toFixed(2)} | ${row.test.toFixed(2)} |`);
  return `# ${name}

${KINDS[kind]}, which says how likely each of ${vocabulary} words comes next in a sentence.

Learned from ${learnedFrom} words and sentence ends.${shop === undefined ? '' : ofShop(shop)} Perplexity on sentences that it had not seen, each for itself, over every word
and every sentence end; words outside the vocabulary count as one unknown word. Choices were made on the validation part
(${heldOut.validation} words and ends), the test part (${heldOut.test}) was looked at once.

| | validation | test |
|---|---|---|
${rows.join('\n')}

Settings: \`${JSON.stringify(settings)}\`

It repeats what the text that it learned from says, and knows nothing else: neither whether a sentence is true nor whom it may offend.
`;
};
