import { InferenceError, type InferenceClient, type Ranking, RetrievalClient } from '@offerstream/inference-client';
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

const PROBE_INTERVAL_MS = 100;
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

  constructor(
    private readonly inference: InferenceClient,
    private readonly options: RankerOptions,
  ) {
    this.retrieval = new RetrievalClient(inference);
  }

  get isAway(): boolean {
    return this.outage !== undefined;
  }

  /** Resolves when inference answers again; at once while it does. */
  async back(): Promise<void> {
    await this.outage;
  }

  close(): void {
    this.closing.abort();
  }

  /**
   * Asks each model once, with time to spare: the first answers over a new connection and of a model just loaded are slow, and
   * would be given up. A model that does not answer is no obstacle.
   */
  async warmUp(models: readonly { readonly name: string; readonly version: string }[]): Promise<void> {
    const nobody = { rows: 1, length: 1, historyItems: new BigInt64Array(1), historyActions: new BigInt64Array(1) };
    const asked = models.map(({ name, version }) =>
      this.retrieval.rank({
        model: name,
        version,
        ...nobody,
        historyAges: new Float32Array(1),
        deadlineMs: WARM_UP_DEADLINE_MS,
      }),
    );
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
      if (error.code === 'unavailable' || error.code === 'deadline-exceeded') this.outage ??= this.probe();
      return undefined;
    }
  }

  private async probe(): Promise<void> {
    while (!this.closing.signal.aborted) {
      if (await this.isReady()) break;
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
    }
    this.outage = undefined;
  }

  private async isReady(): Promise<boolean> {
    try {
      return await this.inference.ready({ deadlineMs: PROBE_DEADLINE_MS });
    } catch (error) {
      // A server that goes down may answer with anything.
      if (error instanceof InferenceError) return false;
      throw error;
    }
  }
}
