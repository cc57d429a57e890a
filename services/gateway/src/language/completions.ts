import type { Tenant } from '@offerstream/contracts';
import { EventStream, type Call } from '@offerstream/http-api';
import { joinedScores } from './joined-scores.js';
import type { LanguageModels } from './language-models.js';
import type { LanguagePool } from './language-pool.js';
import { MAX_WORDS } from './language-refusal.js';
import type { CompletionPart, CompletionTask, FinishReason, TokenScores, TokenUsage } from './language-tasks.js';
import type { ServingVersion } from '../models/model-folder.js';
import { textsOf, type CompletionsBody, type CompletionsEvent, type CompletionsResponse } from './openai-schemas.js';
import type { TokenCharge, TokenCharges } from './token-charges.js';

export interface CompletionsParts {
  readonly models: Pick<LanguageModels, 'languageModel'>;
  readonly pool: Pick<LanguagePool, 'ask'>;
  readonly charges: TokenCharges;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly newId: () => string;
}

/** A request that is worked on, and paid for as far as that got. */
interface Working {
  readonly parts: AsyncGenerator<CompletionPart, void, undefined>;
  readonly head: Pick<CompletionsResponse, 'id' | 'object' | 'created' | 'model' | 'system_fingerprint'>;
}

/** Continues texts, as OpenAI's API answers. */
export class Completions {
  constructor(private readonly parts: CompletionsParts) {}

  /** @throws Problem */
  async answer(tenant: Tenant, body: CompletionsBody, call: Call): Promise<CompletionsResponse> {
    const { parts, head } = await this.start(tenant, body, call);
    const choices: Choice[] = [];
    let usage = NO_TOKENS;
    for await (const part of parts) {
      const choice = (choices[part.choice] ??= { text: '', scores: undefined, finishReason: undefined });
      choice.text += part.text;
      choice.scores = choice.scores && part.scores ? joinedScores(choice.scores, part.scores) : part.scores;
      choice.finishReason = part.finishReason;
      ({ usage } = part);
    }
    return {
      ...head,
      choices: choices.map(({ text, scores, finishReason = 'length' }, index) => ({
        text,
        index,
        logprobs: logprobsOf(scores),
        finish_reason: finishReason,
      })),
      usage: usageOf(usage),
    };
  }

  /** @throws Problem what goes wrong before the first part is there; what comes later is told in the stream */
  async stream(tenant: Tenant, body: CompletionsBody, call: Call): Promise<EventStream> {
    const { parts, head } = await this.start(tenant, body, call);
    const first = await parts.next();
    const showsUsage = body.stream_options?.include_usage === true;
    return new EventStream(
      (async function* (): AsyncGenerator<CompletionsEvent, void, undefined> {
        let usage = NO_TOKENS;
        try {
          for (let each = first; each.done !== true; each = await parts.next()) {
            const { choice: index, text, scores, finishReason = null } = each.value;
            ({ usage } = each.value);
            const choice = { text, index, logprobs: logprobsOf(scores), finish_reason: finishReason };
            yield { ...head, choices: [choice], ...(showsUsage && { usage: null }) };
          }
          if (showsUsage) yield { ...head, choices: [], usage: usageOf(usage) };
        } finally {
          await parts.return();
        }
      })(),
    );
  }

  private async start(tenant: Tenant, body: CompletionsBody, call: Call): Promise<Working> {
    const { models, charges, nowMs, newId } = this.parts;
    const model = models.languageModel(tenant.id, body.model);
    const charge = await charges.open(tenant, call, mostTokens(body));
    return {
      parts: this.work(tenant, taskOf(model, body, charge.seed), charge, call.signal),
      head: {
        id: `cmpl-${newId()}`,
        object: 'text_completion',
        created: Math.floor(nowMs() / 1_000),
        model: model.name,
        system_fingerprint: `${model.name}:${model.version}`,
      },
    };
  }

  /** The parts as they are made. Charges them: all that were made where the client goes away, none where the work fails. */
  private async *work(
    { id }: Tenant,
    task: CompletionTask,
    charge: TokenCharge,
    signal: AbortSignal,
  ): AsyncGenerator<CompletionPart, void, undefined> {
    const made: CompletionPart[] = [];
    const progress = { usage: NO_TOKENS, isEnded: false };
    let more = Promise.withResolvers<undefined>();
    const leaving = new AbortController();
    try {
      const work = this.parts.pool
        .ask(id, task, {
          signal: AbortSignal.any([signal, leaving.signal]),
          onPart: (part) => {
            made.push(part);
            progress.usage = part.usage;
            more.resolve(undefined);
          },
        })
        .finally(() => {
          progress.isEnded = true;
          more.resolve(undefined);
        });
      // It is thrown below, once what was made before is told.
      work.catch(() => undefined);
      for (;;) {
        yield* made.splice(0);
        if (progress.isEnded && made.length === 0) break;
        await more.promise;
        more = Promise.withResolvers();
      }
      progress.usage = await work;
    } catch (error) {
      if (!signal.aborted) progress.usage = NO_TOKENS;
      throw error;
    } finally {
      leaving.abort();
      charge.settle(progress.usage.promptTokens + progress.usage.completionTokens);
    }
  }
}

interface Choice {
  text: string;
  scores: TokenScores | undefined;
  finishReason: FinishReason | undefined;
}

const NO_TOKENS: TokenUsage = { promptTokens: 0, completionTokens: 0 };

/** Words and the white space between them take two characters at least. */
const mostTokens = ({ prompt, n, max_tokens: maxTokens }: CompletionsBody): number => {
  const prompts = textsOf(prompt);
  const read = prompts.reduce((sum, { length }) => sum + Math.min(MAX_WORDS, Math.ceil(length / 2)), 0);
  return read + prompts.length * n * maxTokens;
};

const taskOf = (model: ServingVersion, body: CompletionsBody, seed: number): CompletionTask => ({
  kind: 'complete',
  model,
  prompts: textsOf(body.prompt),
  n: body.n,
  maxTokens: body.max_tokens,
  temperature: body.temperature,
  topP: body.top_p,
  seed: body.seed ?? seed,
  stop: textsOf(body.stop ?? []),
  logprobs: body.logprobs ?? undefined,
  echo: body.echo === true,
});

const logprobsOf = (scores: TokenScores | undefined): CompletionsResponse['choices'][number]['logprobs'] =>
  scores === undefined
    ? null
    : {
        tokens: [...scores.tokens],
        token_logprobs: [...scores.logProbabilities],
        top_logprobs: [...scores.top],
        text_offset: [...scores.offsets],
      };

const usageOf = ({ promptTokens, completionTokens }: TokenUsage): CompletionsResponse['usage'] => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});
