import { Body, Controller, Post } from '@nestjs/common';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { GatewayTables } from '../gateway-tables.js';
import { ITEM_UNKNOWN, placementOf, tenantOf } from '../the-tenant.js';
import { copyItemOf, mostCopyTokens, templatesOf } from './copy-material.js';
import { LanguageModels } from './language-models.js';
import { LANGUAGE_OPERATION, LANGUAGE_REFUSALS } from './language-operation.js';
import { LanguagePool } from './language-pool.js';
import { MAX_SCORED_TOKENS } from './language-refusal.js';
import {
  copyBody,
  copyResponse,
  scoreBody,
  scoreResponse,
  type CopyBody,
  type CopyResponse,
  type ScoreBody,
  type ScoreResponse,
} from './language-schemas.js';
import { namedVersion } from '../models/model-version.js';
import { TokenCharges } from './token-charges.js';

const MODEL = { name: 'demo.language', version: '3' };

@Controller('v1/language')
export class LanguageController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly models: LanguageModels,
    private readonly pool: LanguagePool,
    private readonly charges: TokenCharges,
  ) {}

  @Post('score')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'scoreText',
    summary: 'Says how likely a text is, token by token.',
    description:
      'Each line is a sentence for itself, and its end is a token too. Words that the model does not know count as one.',
    paidOnce: true,
    response: scoreResponse,
    problems: { ...LANGUAGE_REFUSALS, 400: ['no-words', 'too-many-tokens'] },
    requestExample: { text: 'set of three cake tins' },
    example: {
      model: MODEL,
      logProbability: -7.5,
      perplexity: 42.5,
      tokens: [
        { token: 'cake', logProbability: -4.5, known: true },
        { token: '</s>', logProbability: -3, known: true },
      ],
      usage: { total_tokens: 2 },
    },
  })
  async score(@Body({ schema: scoreBody }) body: ScoreBody, @TheCall() call: Call): Promise<ScoreResponse> {
    const tenant = tenantOf(call, this.tables);
    const model = this.models.languageModel(tenant.id, body.model);
    const charge = await this.charges.open(tenant, call, Math.min(MAX_SCORED_TOKENS, body.text.length + 1));
    const tokens = await this.charges.charge(
      charge,
      () => this.pool.ask(tenant.id, { kind: 'score', model, text: body.text }, { signal: call.signal }),
      ({ length }) => length,
    );
    const logProbability = tokens.reduce((sum, token) => sum + token.logProbability, 0);
    return {
      model: namedVersion(model),
      logProbability,
      perplexity: Math.exp(-logProbability / tokens.length),
      tokens: [...tokens],
      usage: { total_tokens: tokens.length },
    };
  }

  @Post('copy')
  @Operation({
    ...LANGUAGE_OPERATION,
    id: 'writeCopy',
    summary: 'Writes a line about an item.',
    description:
      'The language model fills templates: it chooses among their alternatives, puts words of the item together, and takes the filled one that is likely. No word comes from elsewhere than the template and the catalog.',
    paidOnce: true,
    response: copyResponse,
    problems: {
      ...LANGUAGE_REFUSALS,
      400: ['no-template-fits'],
      404: [...LANGUAGE_REFUSALS[404], 'item-unknown', 'placement-unknown'],
    },
    requestExample: { item: 'mug', templates: ['{New|Back}: {title}', '{title}, only {price}'], length: 10, seed: 7 },
    example: {
      model: MODEL,
      item: 'mug',
      text: 'New: Red Retrospot Mug',
      template: '{New|Back}: {title}',
      seed: 7,
      usage: { total_tokens: 12 },
    },
  })
  async copy(@Body({ schema: copyBody }) body: CopyBody, @TheCall() call: Call): Promise<CopyResponse> {
    const tenant = tenantOf(call, this.tables);
    const model = this.models.languageModel(tenant.id, body.model);
    const placement = body.placement === undefined ? undefined : placementOf(tenant, body.placement);
    const templates = body.templates ?? templatesOf(placement);
    const item = copyItemOf(this.tables.shop(tenant.id), tenant.id, body.item);
    if (item === undefined) throw ITEM_UNKNOWN;
    const charge = await this.charges.open(tenant, call, mostCopyTokens(templates, item));
    const seed = body.seed ?? charge.seed;
    const { text, template, tokens } = await this.charges.charge(
      charge,
      () =>
        this.pool.ask(
          tenant.id,
          { kind: 'copy', model, templates, item, maxWords: body.length, seed },
          { signal: call.signal },
        ),
      (written) => written.tokens,
    );
    return {
      model: namedVersion(model),
      item: body.item,
      text,
      template,
      seed,
      usage: { total_tokens: tokens },
    };
  }
}
