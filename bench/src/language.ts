import { benchEmbeddings } from './language-embeddings.js';
import { benchLstmStep } from './language-lstm-step.js';
import { benchNGram } from './language-n-gram.js';
import { benchNextWord } from './language-next-word.js';
import { benchSuggest } from './language-suggest.js';
import { takeParts, type Measure } from './parts.js';

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

/** What language models take and give. */
export const benchLanguage = ({ parts }: { readonly parts: readonly LanguagePart[] }): Promise<void> =>
  takeParts('language', MEASURES, parts);
