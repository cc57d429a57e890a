import type { RankingRow } from '@offerstream/decisioning';
import {
  InferenceError,
  type InferenceClient,
  type InferenceErrorCode,
  type ItemRows,
  type Ranking,
  RetrievalClient,
} from '@offerstream/inference-client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Profile } from '@offerstream/profile';
import { historiesOf } from './histories-of.js';

/** A row to decide on, with all that the model said. */
export interface PersonalRanking extends RankingRow {
  readonly ranking: Ranking;
}

interface ModelVersion {
  readonly model: string;
  readonly version: string;
}

export interface RankRequest extends ModelVersion {
  readonly profiles: readonly Profile[];
  /** [Y] item hashes that are available to nobody now. */
  readonly blocked: BigInt64Array;
  /** What the page or cart shows each shopper. */
  readonly context?: ItemRows;
  /** What must not come back for each shopper. */
  readonly exclude?: ItemRows;
  /** The answer is waited for anyway: the model gets more time, so that one that is merely slow is not asked in vain for ever. */
  readonly patient: boolean;
}

/** A ranking, or why there is none. */
export type RankOutcome = { readonly ranking: Ranking } | { readonly unranked: InferenceErrorCode };

/** Whether the same request may be answered later. One that is refused, or fails in the model, does so however long one waits. */
export const waitingHeals = (code: InferenceErrorCode): boolean => code === 'overloaded' || isAway(code);

export interface RankerOptions {
  /** How long one shopper's row may take at the most, on top of {@link baseDeadlineMs}. */
  readonly rowDeadlineMs: number;
  readonly baseDeadlineMs: number;
  readonly onOutage: (error: InferenceError) => void;
}

/** Scope of the server's outage, beside models' names. */
const SERVER = '';

const FIRST_PROBE_MS = 100;
const LONGEST_PROBE_MS = 2_000;
const PROBE_DEADLINE_MS = 1_000;
const LONG_DEADLINE_MS = 5_000;

interface Outage extends ModelVersion {
  readonly code: InferenceErrorCode;
  readonly over: Promise<undefined>;
}

/**
 * Asks inference for rankings. When it does not answer, nobody waits for its return: calls are refused at once until a probe
 * in the background is answered. A server that can't be reached is away for all; a model that misses its deadline only for
 * those who want this model in this version, so that one tenant's slow model takes nothing from the others.
 */
export class Ranker {
  private readonly retrieval: RetrievalClient;
  /** By model, or {@link SERVER}. */
  private readonly outages = new Map<string, Outage>();
  private readonly closing = new AbortController();
  private waiting = 0;

  constructor(
    inference: InferenceClient,
    private readonly options: RankerOptions,
  ) {
    this.retrieval = new RetrievalClient(inference);
  }

  /** Somebody waits for inference to come back. */
  get isAwaited(): boolean {
    return this.waiting > 0;
  }

  /** Resolves when the model is not known to be away any more, at the latest after `mostMs`; while it is not, after `mostMs`. */
  async back(model: string, mostMs: number): Promise<void> {
    this.waiting += 1;
    const pause = sleep(mostMs, undefined, { ref: false });
    const outage = this.outages.get(SERVER) ?? this.outages.get(model);
    await (outage === undefined ? pause : Promise.race([outage.over, pause]));
    this.waiting -= 1;
  }

  close(): void {
    this.closing.abort();
  }

  /**
   * Asks each model once, with time to spare: the first answers over a new connection and of a model just loaded are slow, and
   * would be given up. A model that does not answer is no obstacle.
   */
  async warmUp(models: readonly { readonly name: string; readonly version: string }[]): Promise<void> {
    const asked = models.map(({ name, version }) => this.rankNobody({ model: name, version }, LONG_DEADLINE_MS));
    for (const outcome of await Promise.allSettled(asked))
      if (outcome.status === 'rejected' && outcome.reason instanceof InferenceError)
        this.options.onOutage(outcome.reason);
  }

  /** Why a call of the model would be refused at once; undefined when it would be made. */
  awayWith({ model, version }: ModelVersion): InferenceErrorCode | undefined {
    const ofModel = this.outages.get(model);
    return (this.outages.get(SERVER) ?? (ofModel?.version === version ? ofModel : undefined))?.code;
  }

  /** One row a profile, in their order. */
  async rank({ model, version, profiles, blocked, context, exclude, patient }: RankRequest): Promise<RankOutcome> {
    const away = this.awayWith({ model, version });
    if (away !== undefined) return { unranked: away };
    const { baseDeadlineMs, rowDeadlineMs } = this.options;
    const histories = historiesOf(profiles);
    try {
      const ranking = await this.retrieval.rank({
        model,
        version,
        ...histories,
        ...(blocked.length === 0 ? {} : { blocked }),
        ...(context === undefined ? {} : { context }),
        ...(exclude === undefined ? {} : { exclude }),
        deadlineMs:
          (patient ? Math.max(baseDeadlineMs, LONG_DEADLINE_MS) : baseDeadlineMs) + histories.rows * rowDeadlineMs,
      });
      return { ranking };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      this.options.onOutage(error);
      this.noteOutage({ model, version }, error.code);
      return { unranked: error.code };
    }
  }

  private noteOutage({ model, version }: ModelVersion, code: InferenceErrorCode): void {
    if (!isAway(code)) return;
    const scope = isServerAway(code) ? SERVER : model;
    const known = this.outages.get(scope);
    if (known !== undefined && (scope === SERVER || known.version === version)) return;
    const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
    const outage: Outage = { model, version, code, over };
    this.outages.set(scope, outage);
    void this.probe(scope, outage).then((last) => {
      // The version may have been replaced, and the other one be away too.
      if (this.outages.get(scope) === outage) this.outages.delete(scope);
      // The server is there again, and this model hangs: no reason to refuse the others.
      if (scope === SERVER && last !== undefined) this.noteOutage(outage, last);
      end(undefined);
    });
  }

  /**
   * A server may say that it is ready while its models hang, so a model is asked.
   *
   * @returns what ended the outage; undefined for an answer
   */
  private async probe(scope: string, outage: Outage): Promise<InferenceErrorCode | undefined> {
    const lasts = scope === SERVER ? isServerAway : isAway;
    for (let pauseMs = FIRST_PROBE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PROBE_MS)) {
      await sleep(pauseMs);
      if (this.closing.signal.aborted || this.outages.get(scope) !== outage) return undefined;
      const code = await this.failureOf(outage);
      if (code === undefined || !lasts(code)) return code;
    }
  }

  private async failureOf(asked: ModelVersion): Promise<InferenceErrorCode | undefined> {
    try {
      await this.rankNobody(asked, PROBE_DEADLINE_MS);
      return undefined;
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      return error.code;
    }
  }

  private rankNobody({ model, version }: ModelVersion, deadlineMs: number): Promise<Ranking> {
    return this.retrieval.rank({
      model,
      version,
      rows: 1,
      length: 1,
      historyItems: new BigInt64Array(1),
      historyActions: new BigInt64Array(1),
      historyAges: new Float32Array(1),
      deadlineMs,
    });
  }
}

const isServerAway = (code: InferenceErrorCode): boolean => code === 'unavailable' || code === 'cancelled';

const isAway = (code: InferenceErrorCode): boolean => isServerAway(code) || code === 'deadline-exceeded';
