import { benchEmbeddings } from './language-embeddings.js';
import { benchLstmStep } from './language-lstm-step.js';
import { benchNGram } from './language-n-gram.js';
import { benchNextWord } from './language-next-word.js';
import { benchSuggest } from './language-suggest.js';
import { report } from './machine.js';

/** A measure of language models; gives the reason where it can't be taken here. */
type Measure = () => Promise<string | undefined>;

const MEASURES = {
  'n-gram': benchNGram,
  'lstm-step': benchLstmStep,
  'next-word': benchNextWord,
  embeddings: benchEmbeddings,
  suggest: benchSuggest,
} as const satisfies Readonly<Record<string, Measure>>;

export type LanguagePart = keyof typeof MEASURES;
export const LANGUAGE_PARTS = Object.keys(MEASURES) as readonly LanguagePart[];

export const isLanguagePart = (name: string): name is LanguagePart => Object.hasOwn(MEASURES, name);

/** What language models take and give. What can't be measured here is said, and counted. */
export const benchLanguage = async ({ parts }: { readonly parts: readonly LanguagePart[] }): Promise<void> => {
  let skipped = 0;
  for (const part of parts) {
    const reason = await MEASURES[part]();
    if (reason === undefined) continue;
    skipped += 1;
    report({ bench: 'language', part, skipped: reason });
  }
  report({ bench: 'language', parts: parts.length, skipped });
};
