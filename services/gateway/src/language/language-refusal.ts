import type { ProblemDetails } from '@offerstream/http-api';

/** Words of a prompt, of a line that is scored, or of what is made of a prompt, at most. */
export const MAX_WORDS = 256;
/** Words and line ends of a scored text at most. */
export const MAX_SCORED_TOKENS = 1_024;

/** A problem as a worker throws it: without the HTTP API that answers with it. */
export class LanguageRefusal extends Error {
  override readonly name = 'LanguageRefusal';

  constructor(readonly problem: ProblemDetails) {
    super(problem.reason);
  }
}

/** A text that can't be answered, told to who sent it. It names the field and never the text. */
const refusal = (code: string, field: string, reason: string, fix: string): LanguageRefusal =>
  new LanguageRefusal({ status: 400, code, reason: `${field}: ${reason}`, fix, fields: [{ field, reason }] });

export const tooManyWords = (field: string, words: number): LanguageRefusal =>
  refusal(
    'too-many-tokens',
    field,
    `has ${words} words, more than the ${MAX_WORDS} that are read together`,
    'Send a shorter text; each sentence in a line of its own where lines are read for themselves.',
  );

export const tooManyTokens = (field: string, tokens: number): LanguageRefusal =>
  refusal(
    'too-many-tokens',
    field,
    `has ${tokens} words and line ends, more than ${MAX_SCORED_TOKENS}`,
    'Send the text in several requests.',
  );

export const noWords = (field: string): LanguageRefusal =>
  refusal('no-words', field, 'has no words', 'Send a text with at least one letter or digit.');

export const noTemplateFits = (maxWords: number): LanguageRefusal =>
  refusal(
    'no-template-fits',
    'templates',
    `none fits the item and ${maxWords} words`,
    'Allow more words, or send a template that is shorter and names only what the item has.',
  );
