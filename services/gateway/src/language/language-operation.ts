import { REFUSALS } from '../the-tenant.js';

/** What the operations of language have in common. */
export const LANGUAGE_OPERATION = {
  tag: 'language',
  scope: 'language:use',
  rateLimited: true,
} as const;

/** Problems of those that a model answers, by status. */
export const LANGUAGE_REFUSALS = {
  404: ['model-unknown'],
  429: [...REFUSALS[429], 'language-busy'],
  503: [...REFUSALS[503], 'model-away', 'model-unusable', 'language-failed', 'timed-out'],
} as const;
