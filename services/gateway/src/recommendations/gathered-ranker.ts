import type { TenantId } from '@offerstream/contracts';
import type { RankingRow } from '@offerstream/decisioning';
import type { InferenceErrorCode, ItemRows } from '@offerstream/inference-client';
import type { Profile } from '@offerstream/profile';
import type { Ranker } from '@offerstream/ranking';
import { Gatherer } from '../gatherer.js';

/** Who shares a call: it has one model and one list of blocked items. */
export interface Lane {
  readonly tenant: TenantId;
  readonly model: { readonly name: string; readonly version: string };
  /** What else decides on the blocked items, for example a filter. */
  readonly restriction: string;
  /** [Y] item hashes that nobody in the lane may be given; looked up when a call goes. */
  readonly blocked: () => BigInt64Array;
}

/** One shopper's row of a call. */
export interface RowRequest {
  readonly profile: Profile;
  /** Item hashes of what the page or cart shows. */
  readonly context: readonly bigint[];
  /** Item hashes that must not come back. */
  readonly exclude: readonly bigint[];
}

export type RowOutcome =
  { readonly row: RankingRow; readonly version: string } | { readonly unranked: InferenceErrorCode };

interface OpenLane {
  /** As the last request has it: the first may be long ago, and what it knows of the catalog too. */
  newest: Lane;
  readonly gatherer: Gatherer<RowRequest, RowOutcome>;
}

/** Rows of a call, at most; more gain little and wait longer. */
const MOST_ROWS = 16;
const LONGEST_GATHERING_MS = 2;

/**
 * Gathers requests that come at the same time into calls of inference, a lane's into one: a call costs the server, the network and
 * this process more than a row of it does.
 */
export class GatheredRanker {
  private readonly lanes = new Map<string, OpenLane>();

  /** @param onCall is told how many rows each call has */
  constructor(
    private readonly ranker: Pick<Ranker, 'rank' | 'awayWith'>,
    private readonly onCall: (rows: number) => void,
  ) {}

  async rank(lane: Lane, request: RowRequest): Promise<RowOutcome> {
    const { tenant, model, restriction } = lane;
    const key = `${tenant}\0${model.name}\0${model.version}\0${restriction}`;
    const open = this.lanes.get(key) ?? this.open(lane);
    open.newest = lane;
    this.lanes.set(key, open);
    try {
      return await open.gatherer.ask(request);
    } finally {
      if (open.gatherer.isIdle) this.lanes.delete(key);
    }
  }

  private open(lane: Lane): OpenLane {
    const open: OpenLane = {
      newest: lane,
      gatherer: new Gatherer((requests) => this.call(open.newest, requests), {
        most: MOST_ROWS,
        longestMs: LONGEST_GATHERING_MS,
      }),
    };
    return open;
  }

  private async call({ model, blocked }: Lane, requests: readonly RowRequest[]): Promise<readonly RowOutcome[]> {
    const away = this.ranker.awayWith({ model: model.name, version: model.version });
    // What is blocked may take a look at the whole catalog, which a call that is not made is not worth.
    if (away !== undefined) return requests.map(() => ({ unranked: away }));
    this.onCall(requests.length);
    const context = itemRows(requests.map((request) => request.context));
    const exclude = itemRows(requests.map((request) => request.exclude));
    const outcome = await this.ranker.rank({
      model: model.name,
      version: model.version,
      profiles: requests.map(({ profile }) => profile),
      blocked: blocked(),
      ...(context === undefined ? {} : { context }),
      ...(exclude === undefined ? {} : { exclude }),
      patient: false,
    });
    if ('unranked' in outcome) return requests.map(() => outcome);
    const { ranking } = outcome;
    return requests.map((_, row) => ({ row: { ranking, row }, version: ranking.modelVersion }));
  }
}

/** As wide as the longest row, 0 where a row is shorter; undefined when all are empty. */
const itemRows = (rows: readonly (readonly bigint[])[]): ItemRows | undefined => {
  const width = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  if (width === 0) return undefined;
  const items = new BigInt64Array(rows.length * width);
  for (const [index, row] of rows.entries()) items.set(row, index * width);
  return { items, width };
};
