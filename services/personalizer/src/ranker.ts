import {
  InferenceError,
  type InferenceClient,
  type InferenceErrorCode,
  type Ranking,
  RetrievalClient,
} from '@offerstream/inference-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { longestHistory, type Profile } from '@offerstream/profile';

/** One shopper's row of a ranking. */
export interface PersonalRanking {
  readonly ranking: Ranking;
  readonly row: number;
}

export interface RankRequest {
  readonly model: string;
  readonly version: string;
  readonly profiles: readonly Profile[];
  /** [Y] item hashes that are available to nobody now. */
  readonly blocked: BigInt64Array;
}

export interface RankerOptions {
  /** How long one shopper's row may take at the most, on top of {@link baseDeadlineMs}. */
  readonly rowDeadlineMs: number;
  readonly baseDeadlineMs: number;
  readonly onOutage: (error: InferenceError) => void;
}

const FIRST_PROBE_MS = 100;
const LONGEST_PROBE_MS = 2_000;
const PROBE_DEADLINE_MS = 1_000;
const WARM_UP_DEADLINE_MS = 5_000;

/**
 * Asks inference for rankings. When it does not answer, nobody waits for its return: calls are refused at once until a probe
 * in the background says that it is ready again.
 */
export class Ranker {
  private readonly retrieval: RetrievalClient;
  private outage: Promise<void> | undefined;
  private readonly closing = new AbortController();
  private waiting = 0;

  constructor(
    inference: InferenceClient,
    private readonly options: RankerOptions,
  ) {
    this.retrieval = new RetrievalClient(inference);
  }

  get isAway(): boolean {
    return this.outage !== undefined;
  }

  /** Somebody waits for inference to come back. */
  get isAwaited(): boolean {
    return this.waiting > 0;
  }

  /** Resolves when inference answers again, at the latest after `mostMs`; while it does answer, after `mostMs`. */
  async back(mostMs: number): Promise<void> {
    this.waiting += 1;
    const pause = sleep(mostMs, undefined, { ref: false });
    await (this.outage === undefined ? pause : Promise.race([this.outage, pause]));
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
    const asked = models.map(({ name, version }) => this.rankNobody(name, version, WARM_UP_DEADLINE_MS));
    for (const outcome of await Promise.allSettled(asked))
      if (outcome.status === 'rejected' && outcome.reason instanceof InferenceError)
        this.options.onOutage(outcome.reason);
  }

  /** Undefined when inference is away, or can't serve this model just now. */
  async rank({ model, version, profiles, blocked }: RankRequest): Promise<Ranking | undefined> {
    if (this.outage !== undefined) return undefined;
    const rows = profiles.length;
    const length = longestHistory(profiles);
    const historyItems = new BigInt64Array(rows * length);
    const historyActions = new BigInt64Array(rows * length);
    const historyAges = new Float32Array(rows * length);
    const inputs = {
      length,
      items: new Int32Array(historyItems.buffer),
      actions: new Int32Array(historyActions.buffer),
      ages: historyAges,
    };
    profiles.forEach((profile, row) => profile.writeHistory(inputs, row));
    try {
      return await this.retrieval.rank({
        model,
        version,
        rows,
        length,
        historyItems,
        historyActions,
        historyAges,
        ...(blocked.length === 0 ? {} : { blocked }),
        deadlineMs: this.options.baseDeadlineMs + rows * this.options.rowDeadlineMs,
      });
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      this.options.onOutage(error);
      if (AWAY.includes(error.code)) this.outage ??= this.probe(model, version);
      return undefined;
    }
  }

  /** A server may say that it is ready while its models hang, so a model is asked. */
  private async probe(model: string, version: string): Promise<void> {
    for (
      let pauseMs = FIRST_PROBE_MS;
      !this.closing.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PROBE_MS)
    ) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (await this.answers(model, version)) break;
    }
    this.outage = undefined;
  }

  private async answers(model: string, version: string): Promise<boolean> {
    try {
      await this.rankNobody(model, version, PROBE_DEADLINE_MS);
      return true;
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      // It answers, though not for this model: that is no outage of all.
      return !AWAY.includes(error.code);
    }
  }

  private rankNobody(model: string, version: string, deadlineMs: number): Promise<Ranking> {
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

const AWAY: readonly InferenceErrorCode[] = ['unavailable', 'deadline-exceeded', 'cancelled'];
