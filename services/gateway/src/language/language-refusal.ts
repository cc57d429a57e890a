import { fieldRefusal, type TaskRefusal } from '../threads/task-refusal.js';

/** Words of a prompt, of a line that is scored, or of what is made of a prompt, at most. */
export const MAX_WORDS = 256;
/** Words and line ends of a scored text at most. */
export const MAX_SCORED_TOKENS = 1_024;

export const tooManyWords = (field: string, words: number): TaskRefusal =>
  fieldRefusal(
    'too-many-tokens',
    field,
    `has ${words} words, more than the ${MAX_WORDS} that are read together`,
    'Send a shorter text; each sentence in a line of its own where lines are read for themselves.',
  );

export const tooManyTokens = (field: string, tokens: number): TaskRefusal =>
  fieldRefusal(
    'too-many-tokens',
    field,
    `has ${tokens} words and line ends, more than ${MAX_SCORED_TOKENS}`,
    'Send the text in several requests.',
  );

export const noWords = (field: string): TaskRefusal =>
  fieldRefusal('no-words', field, 'has no words', 'Send a text with at least one letter or digit.');

export const NO_TEMPLATE_FITS = 'no-template-fits';

export const noTemplateFits = (maxWords: number): TaskRefusal =>
  fieldRefusal(
    NO_TEMPLATE_FITS,
    'templates',
    `none fits the item and ${maxWords} words`,
    'Allow more words, or take a template that is shorter and names only what the item has.',
  );
