import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { Operation, Problem, TheCall, type Call } from '@offerstream/http-api';
import { GatewayTables } from '../gateway-tables.js';
import { tenantOf } from '../the-tenant.js';
import { Completions } from './completions.js';
import { Embedder } from './embedder.js';
import { LanguageModels } from './language-models.js';
import type { ServingEncoder, ServingVersion } from '../models/model-folder.js';
import {
  completionsBody,
  completionsEvent,
  completionsResponse,
  embeddingsBody,
  embeddingsResponse,
  model,
  modelList,
  modelParams,
  textsOf,
  type CompletionsBody,
  type EmbeddingsBody,
  type ModelParams,
} from './openai-schemas.js';
import { LANGUAGE_OPERATION, LANGUAGE_REFUSALS } from './language-operation.js';
import { TokenCharges } from './token-charges.js';

const MODEL_EXAMPLE = {
  id: 'demo.language',
  object: 'model',
  created: 1_795_800_000,
  owned_by: 'demo',
  version: '3',
};

/** What the clients of OpenAI's API find here. */
@Controller('v1')
export class OpenAiController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly models: LanguageModels,
    private readonly embedder: Embedder,
    private readonly completions: Completions,
    private readonly charges: TokenCharges,
  ) {}

  @Get('models')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'listModels',
    summary: 'The language models and sentence encoders that the tenant has.',
    response: modelList,
    problems: { 503: ['starting'] },
    example: { object: 'list', data: [MODEL_EXAMPLE] },
  })
  list(@TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    return { object: 'list', data: this.models.list(tenant.id).map(modelOf) };
  }

  @Get('models/:model')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'getModel',
    summary: 'One of them.',
    response: model,
    problems: { 404: ['model-unknown'], 503: ['starting'] },
    example: MODEL_EXAMPLE,
  })
  get(@Param({ schema: modelParams }) { model: name }: ModelParams, @TheCall() call: Call) {
    return modelOf(this.models.find(tenantOf(call, this.tables).id, name));
  }

  @Post('embeddings')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'createEmbeddings',
    summary: 'Says where texts lie in the space of their meanings.',
    description:
      'As OpenAI’s API has it. Texts that are longer than the encoder reads are cut. Each token of a text counts, with the marks that the encoder puts around it.',
    paidOnce: true,
    response: embeddingsResponse,
    problems: { ...LANGUAGE_REFUSALS, 400: ['dimensions'] },
    requestExample: { model: 'all-minilm-l6-v2', input: ['red mug', 'cup of crimson'] },
    example: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.0131, -0.0873] }],
      model: 'all-minilm-l6-v2',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  })
  async embeddings(@Body({ schema: embeddingsBody }) body: EmbeddingsBody, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    const encoder = this.models.encoder(tenant.id, body.model);
    if (body.dimensions != null && body.dimensions !== encoder.dimensions) throw otherDimensions(encoder);
    const texts = textsOf(body.input);
    const charge = await this.charges.open(tenant, call, mostTokens(texts));
    const { vectors, tokens } = await this.charges.charge(
      charge,
      () => this.embedder.embed(tenant.id, encoder, texts, call.signal),
      (made) => made.tokens,
    );
    const { dimensions } = encoder;
    return {
      object: 'list',
      data: texts.map((_, index) => {
        const vector = vectors.subarray(index * dimensions, (index + 1) * dimensions);
        return {
          object: 'embedding',
          index,
          embedding: body.encoding_format === 'base64' ? base64Of(vector) : [...vector],
        };
      }),
      model: encoder.name,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  }

  @Post('completions')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'createCompletion',
    summary: 'Continues texts.',
    description:
      'As OpenAI’s API has it. Tokens are words here: a prompt is read as words, and what is made of it is words joined by spaces. A word that the model does not know counts as the one unknown word, which is never made. With `stream` the answer comes as server-sent events, the last of which is `[DONE]`; a stream whose client goes away ends, and costs what was made of it.',
    paidOnce: true,
    response: completionsResponse,
    events: completionsEvent,
    problems: { ...LANGUAGE_REFUSALS, 400: ['too-many-tokens'] },
    requestExample: { model: 'demo.language', prompt: 'set of three', max_tokens: 4, seed: 7 },
    example: {
      id: 'cmpl-7c9e6679-7425-40de-944b-e07fc1f90ae7',
      object: 'text_completion',
      created: 1_795_800_000,
      model: 'demo.language',
      system_fingerprint: 'demo.language:3',
      choices: [{ text: ' cake tins pantry', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    },
  })
  complete(@Body({ schema: completionsBody }) body: CompletionsBody, @TheCall() call: Call): Promise<object> {
    const tenant = tenantOf(call, this.tables);
    return body.stream === true
      ? this.completions.stream(tenant, body, call)
      : this.completions.answer(tenant, body, call);
  }
}

const modelOf = ({ name, version, createdMs }: ServingVersion) => ({
  id: name,
  object: 'model',
  created: Math.floor(createdMs / 1_000),
  owned_by: name.includes('.') ? name.slice(0, name.indexOf('.')) : 'offerstream',
  version,
});

const otherDimensions = ({ name, dimensions }: ServingEncoder): Problem =>
  new Problem({
    status: 400,
    code: 'dimensions',
    reason: `dimensions: ${name} has ${dimensions}, and no others`,
    fix: `Leave dimensions out, or send ${dimensions}.`,
    fields: [{ field: 'dimensions', reason: `must be ${dimensions}` }],
  });

/** A token has at least one character, and the marks around a text are two. */
const mostTokens = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length + 2, 0);

const base64Of = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
