import type { PlacementId, TenantId } from '@offerstream/contracts';
import {
  decodePublication,
  storedRankings,
  type Catalog,
  type PromotedModels,
  type StoredRanking,
} from '@offerstream/decisioning';
import type { Ranking } from '@offerstream/inference-client';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type Batch, type BatchStep } from '@offerstream/pipeline';
import type { ProfileStore } from '@offerstream/profile-store';
import { waitingHeals, type PersonalRanking, type Ranker, type RankOutcome } from '@offerstream/ranking';
import type { Positions } from '../positions.js';
import type { FoldedVisit, ScoredVisit } from '../visit.js';

interface Call {
  readonly tenant: TenantId;
  readonly model: string;
  readonly blocked: BigInt64Array;
  readonly visits: FoldedVisit[];
}

/** One call a batch and model. Who can't be ranked now gets what the shopper was offered last, for the decision to fall back to. */
export const score = (
  ranker: Pick<Ranker, 'rank' | 'back'>,
  models: PromotedModels,
  catalog: Catalog,
  store: Pick<ProfileStore, 'publications'>,
  positions: Pick<Positions, 'isQuiet'>,
): BatchStep<RawRecord, FoldedVisit, ScoredVisit> =>
  async function score(elements, batch) {
    const visits = elements.map(({ value }) => value);
    const asking = visits.filter(({ cause }) => cause !== undefined && !positions.isQuiet(cause.record));
    const calls = callsFor(asking, models, catalog);
    const rankings = new Map(asking.map((visit) => [visit, new Map<string, PersonalRanking>()]));
    const answers = await Promise.all(calls.map((call) => rankUntilDone(ranker, models, call, batch)));
    for (const [index, { model }] of calls.entries()) {
      const answer = answers[index];
      if (answer === undefined) continue;
      for (const [row, visit] of answer.visits.entries())
        rankings.get(visit)?.set(model, { ranking: answer.ranking, row });
    }
    // Inference is away or refuses, or a placement's model is withdrawn.
    const unranked = asking.filter((visit) =>
      visit.tenant.placements.some(({ model }) => rankings.get(visit)?.has(model) !== true),
    );
    const last = await lastOffersOf(unranked, store);
    return visits.map((visit) =>
      ok({ ...visit, rankings: rankings.get(visit) ?? NO_RANKINGS, lastOffers: last.get(visit) ?? NO_LAST_OFFERS }),
    );
  };

const NO_RANKINGS: ReadonlyMap<string, PersonalRanking> = new Map();
const NO_LAST_OFFERS: ReadonlyMap<PlacementId, StoredRanking> = new Map();

/** Visits of one tenant share its blocked items, so a call is for a tenant and a model. */
const callsFor = (visits: readonly FoldedVisit[], models: PromotedModels, catalog: Catalog): Call[] => {
  const calls = new Map<string, Call>();
  for (const visit of visits) {
    const names = new Set(visit.tenant.placements.map(({ model }) => model));
    for (const name of names) {
      const key = `${visit.tenant.id}:${name}`;
      const call = calls.get(key);
      if (call !== undefined) {
        call.visits.push(visit);
        continue;
      }
      if (models.get(visit.tenant.id, name) !== undefined)
        calls.set(key, {
          tenant: visit.tenant.id,
          model: name,
          blocked: catalog.shop(visit.tenant.id).blocked(),
          visits: [visit],
        });
    }
  }
  return [...calls.values()];
};

interface RankedCall {
  readonly visits: readonly FoldedVisit[];
  readonly ranking: Ranking;
}

/**
 * Visits whose event must have an offer of its own wait as long as waiting can bring a ranking; the others don't.
 *
 * @returns whom the model has ranked; undefined for nobody
 */
const rankUntilDone = async (
  ranker: Pick<Ranker, 'rank' | 'back'>,
  models: Pick<PromotedModels, 'get'>,
  call: Call,
  batch: Batch<RawRecord>,
): Promise<RankedCall | undefined> => {
  // Looked up for each try: another version may have been promoted while one waits.
  const rank = async (visits: readonly FoldedVisit[], patient: boolean): Promise<RankOutcome> => {
    const version = models.get(call.tenant, call.model)?.version;
    if (version === undefined) return { unranked: 'not-found' };
    return ranker.rank({
      model: call.model,
      version,
      blocked: call.blocked,
      profiles: visits.map(({ profile }) => profile),
      patient,
    });
  };
  let visits: readonly FoldedVisit[] = call.visits;
  let outcome = await rank(visits, false);
  while ('unranked' in outcome) {
    visits = visits.filter(({ cause }) => cause?.value.offerEach === true);
    if (visits.length === 0 || !waitingHeals(outcome.unranked)) return undefined;
    // Not without looking up now and then: the partitions may go to somebody else meanwhile.
    await ranker.back(call.model, RETRY_MS);
    batch.ensureCurrent();
    outcome = await rank(visits, true);
  }
  return { visits, ranking: outcome.ranking };
};

const RETRY_MS = 250;

const lastOffersOf = async (
  visits: readonly FoldedVisit[],
  store: Pick<ProfileStore, 'publications'>,
): Promise<ReadonlyMap<FoldedVisit, ReadonlyMap<PlacementId, StoredRanking>>> => {
  if (visits.length === 0) return new Map();
  const publications = await store.publications(visits.map(({ key }) => key));
  return new Map(
    visits.flatMap((visit, index) => {
      const publication = publications[index];
      return publication === undefined
        ? []
        : [[visit, storedRankings(visit.tenant.id, decodePublication(publication))] as const];
    }),
  );
};
