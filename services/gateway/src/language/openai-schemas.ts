import { z } from 'zod';
import { MAX_WORDS } from './language-refusal.js';

const MAX_CHARACTERS = 8_192;
const MAX_INPUTS = 2_048;
/** Prompts times texts of each. */
const MAX_CHOICES = 16;
const MAX_STOPS = 4;
const MAX_STOP_CHARACTERS = 64;
const MAX_TOP = 5;

const modelName = z.string().min(1).max(100).meta({ description: 'One of `GET /v1/models`.' });
const TEXTS = 'must be a text or a list of texts; lists of tokens are not taken';

const text = z.string().max(MAX_CHARACTERS);
const textWithWords = text.regex(/\S/u, 'must have a character that is no white space');

/** For who asks with it: nothing is kept of it. */
const user = z.string().max(200).nullish().meta({ description: 'Taken and not used.' });

/** What OpenAI's API has and this one has not. */
const notSupported = z
  .null({ error: 'is not supported: leave it out' })
  .optional()
  .meta({ description: 'Not supported.' });

/** The same where clients may say that they do without it. */
const notSupportedBut = (neutral: number) =>
  z
    .literal(neutral, { error: `is not supported: leave it out, or send ${neutral}` })
    .nullish()
    .meta({ description: `Not supported; ${neutral} does nothing.` });

export const modelParams = z.object({ model: modelName });
export type ModelParams = z.output<typeof modelParams>;

export const model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int().meta({ description: 'When the version that serves was made, in seconds since 1970.' }),
  owned_by: z.string().meta({ description: 'The tenant whose alone it is; `offerstream` for one of everybody.' }),
  version: z.string().meta({ description: 'The version that serves.' }),
});

export const modelList = z.object({ object: z.literal('list'), data: z.array(model) });

export const embeddingsBody = z.strictObject({
  model: modelName,
  input: z.union([textWithWords, z.array(textWithWords).min(1).max(MAX_INPUTS)], { error: TEXTS }),
  encoding_format: z
    .enum(['float', 'base64'])
    .default('float')
    .meta({ description: '`base64`: of the bytes of float32, little-endian.' }),
  dimensions: z.int().min(1).nullish().meta({ description: "The encoder's own; others are refused." }),
  user,
});
export type EmbeddingsBody = z.output<typeof embeddingsBody>;

export const embeddingsResponse = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

export const completionsBody = z
  .strictObject({
    model: modelName,
    prompt: z
      .union([text, z.array(text).min(1).max(MAX_CHOICES)], { error: TEXTS })
      .nullish()
      .transform((prompt) => prompt ?? '')
      .meta({ description: `Of at most ${MAX_WORDS} words each; left out: the start of a sentence.` }),
    max_tokens: z
      .int()
      .min(0)
      .max(MAX_WORDS)
      .nullish()
      .transform((tokens) => tokens ?? 16)
      .meta({ description: 'Words at most. Default 16.' }),
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullish()
      .transform((temperature) => temperature ?? 1)
      .meta({ description: '0: the likeliest word always. Default 1.' }),
    top_p: z
      .number()
      .gt(0)
      .max(1)
      .nullish()
      .transform((share) => share ?? 1)
      .meta({ description: 'Only the likeliest words that have this share together. Default 1.' }),
    n: z
      .int()
      .min(1)
      .max(MAX_CHOICES)
      .nullish()
      .transform((choices) => choices ?? 1)
      .meta({ description: 'Texts of each prompt. Default 1.' }),
    seed: z.int().nullish().meta({ description: 'Same seed, same request, same version: same texts.' }),
    stop: z
      .union([
        z.string().min(1).max(MAX_STOP_CHARACTERS),
        z.array(z.string().min(1).max(MAX_STOP_CHARACTERS)).max(MAX_STOPS),
      ])
      .nullish()
      .meta({ description: 'The text ends before the first of these.' }),
    logprobs: z
      .int()
      .min(0)
      .max(MAX_TOP)
      .nullish()
      .meta({ description: 'Tells log-probabilities, and so many of the likeliest words in each place.' }),
    echo: z
      .boolean()
      .nullish()
      .meta({ description: 'The text begins with the prompt as it was read: its words, joined by spaces.' }),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
    user,
    suffix: notSupported,
    best_of: notSupportedBut(1),
    frequency_penalty: notSupportedBut(0),
    presence_penalty: notSupportedBut(0),
    logit_bias: notSupported,
  })
  .refine(({ prompt, n }) => textsOf(prompt).length * n <= MAX_CHOICES, {
    path: ['n'],
    message: `times the prompts must be at most ${MAX_CHOICES}`,
  });
export type CompletionsBody = z.output<typeof completionsBody>;

/** A field that may be one text or several. */
export const textsOf = (prompt: string | readonly string[]): readonly string[] =>
  typeof prompt === 'string' ? [prompt] : prompt;

const logprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())),
  text_offset: z.array(z.int()).meta({ description: "Where each token begins in the choice's text." }),
});

const usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });

const completion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  system_fingerprint: z.string().meta({ description: 'The version that answered.' }),
});

const choice = z.object({ text: z.string(), index: z.int(), logprobs: logprobs.nullable() });
const finishReason = z
  .enum(['stop', 'length'])
  .meta({ description: '`stop`: the sentence ended, or a stop text came.' });

export const completionsResponse = completion.extend({
  choices: z.array(choice.extend({ finish_reason: finishReason })),
  usage,
});
export type CompletionsResponse = z.output<typeof completionsResponse>;

export const completionsEvent = completion.extend({
  choices: z.array(choice.extend({ finish_reason: finishReason.nullable() })),
  usage: usage
    .nullish()
    .meta({ description: 'With `include_usage`: null but in the last event, which has no choices.' }),
});
export type CompletionsEvent = z.output<typeof completionsEvent>;
