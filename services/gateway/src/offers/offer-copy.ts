import { hash64, type ItemId, type Placement, type Tenant } from '@offerstream/contracts';
import { Problem, type Call, type ProblemDetails } from '@offerstream/http-api';
import type { GatewayTables } from '../gateway-tables.js';
import { copyItemOf, mostCopyTokens, templatesOf } from '../language/copy-material.js';
import type { LanguageModels } from '../language/language-models.js';
import type { LanguagePool } from '../language/language-pool.js';
import { NO_TEMPLATE_FITS } from '../language/language-refusal.js';
import { DEFAULT_COPY_WORDS } from '../language/language-schemas.js';
import type { CopyItem } from '../language/language-tasks.js';
import type { ServingVersion } from '../models/model-folder.js';
import type { TokenCharges } from '../language/token-charges.js';
import type { AnsweredOffer } from './offer-schemas.js';

export interface OfferCopyParts {
  readonly tables: Pick<GatewayTables, 'shop'>;
  readonly models: Pick<LanguageModels, 'languageModel'>;
  readonly pool: Pick<LanguagePool, 'ask'>;
  readonly charges: TokenCharges;
  /** Fires, with a Problem, when an offer waits for its copy no longer. */
  readonly deadline: () => AbortSignal;
  /** Called when an offer goes out without copy that it should have. */
  readonly onMissing: () => void;
}

/** What there is to be written about an item; undefined where the catalog has lost it. */
interface Line {
  readonly item: CopyItem | undefined;
  readonly seed: number;
}

interface Written {
  /** Of the first items, in their order; null where no template fits. */
  readonly texts: readonly (string | null)[];
  readonly tokens: number;
  /** Why the others have none. */
  readonly problem: ProblemDetails | undefined;
}

/** A page waits for the offer. */
const COPY_DEADLINE_MS = 2_000;

const OUT_OF_TIME = new Problem({
  status: 503,
  code: 'timed-out',
  reason: `The copy was not written within ${COPY_DEADLINE_MS / 1_000} s.`,
  fix: 'Show the offer without it; give the placement fewer templates or slots when that goes on.',
});

/** For {@link OfferCopyParts.deadline}. */
export const copyDeadline = (): AbortSignal => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(OUT_OF_TIME), COPY_DEADLINE_MS).unref();
  return controller.signal;
};

const NOTHING = { texts: [], tokens: 0 };

/** Says a line about each item of an offer. An offer is never lost because of its copy: what goes wrong stands in it. */
export class OfferCopy {
  constructor(private readonly parts: OfferCopyParts) {}

  async write(tenant: Tenant, placement: Placement, offer: AnsweredOffer, call: Call): Promise<AnsweredOffer> {
    let model: ServingVersion | undefined;
    let written: Written;
    try {
      model = this.parts.models.languageModel(tenant.id);
      written = await this.paid(tenant, placement, model, offer, call);
    } catch (error) {
      written = { ...NOTHING, problem: problemOf(error, call) };
    }
    const { texts, tokens, problem } = written;
    if (problem !== undefined) this.parts.onMissing();
    return {
      ...offer,
      items: offer.items.map((item, index) => ({ ...item, copy: texts[index] ?? null })),
      copy: {
        model: model === undefined ? null : { name: model.name, version: model.version },
        usage: { total_tokens: tokens },
        problem: problem === undefined ? null : { code: problem.code, reason: problem.reason, fix: problem.fix },
      },
    };
  }

  /** @throws Problem */
  private async paid(
    tenant: Tenant,
    placement: Placement,
    model: ServingVersion,
    offer: AnsweredOffer,
    call: Call,
  ): Promise<Written> {
    const { tables, charges } = this.parts;
    const templates = templatesOf(placement);
    const shop = tables.shop(tenant.id);
    const lines = offer.items.map(({ item }) => ({
      item: copyItemOf(shop, tenant.id, item),
      seed: seedOf(offer, item),
    }));
    const atMost = lines.reduce((sum, { item }) => sum + (item === undefined ? 0 : mostCopyTokens(templates, item)), 0);
    const charge = await charges.open(tenant, call, atMost);
    return charges.charge(
      charge,
      () => this.texts(tenant, model, templates, lines, call),
      ({ tokens }) => tokens,
    );
  }

  /** One after the other, so that a long offer takes no more of the threads than a request for one text. */
  private async texts(
    { id }: Tenant,
    model: ServingVersion,
    templates: readonly string[],
    lines: readonly Line[],
    call: Call,
  ): Promise<Written> {
    const { pool, deadline } = this.parts;
    const signal = AbortSignal.any([call.signal, deadline()]);
    const texts: (string | null)[] = [];
    let tokens = 0;
    for (const { item, seed } of lines) {
      if (item === undefined) {
        texts.push(null);
        continue;
      }
      try {
        const written = await pool.ask(
          id,
          { kind: 'copy', model, templates, item, maxWords: DEFAULT_COPY_WORDS, seed },
          { signal },
        );
        texts.push(written.text);
        tokens += written.tokens;
      } catch (error) {
        const problem = problemOf(error, call);
        if (problem.code !== NO_TEMPLATE_FITS) return { texts, tokens, problem };
        texts.push(null);
      }
    }
    return { texts, tokens, problem: undefined };
  }
}

/** The same offer reads the same text of an item, however often it is looked at. */
const seedOf = ({ id }: AnsweredOffer, item: ItemId): number => Number(BigInt.asUintN(32, hash64(`${id}\0${item}`)));

/** An expected outcome stands in the offer. @throws what is none, and whatever ends a request that nobody waits for */
const problemOf = (error: unknown, { signal }: Call): ProblemDetails => {
  if (!(error instanceof Problem) || signal.aborted) throw error;
  return error.details;
};
