import type { PlacementId, TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type Batch, type BatchStep } from '@offerstream/pipeline';
import type { ProfileStore } from '@offerstream/profile-store';
import { storedRankings, type StoredRanking } from '../offer.js';
import type { Positions } from '../positions.js';
import { decodePublication } from '../publication.js';
import type { PersonalRanking, Ranker } from '../ranker.js';
import type { Catalog } from '../tables/catalog.js';
import type { PromotedModels } from '../tables/promoted-models.js';
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
    for (const [index, call] of calls.entries()) {
      for (const { ranking, visits: rows } of answers[index] ?? []) {
        if (ranking === undefined) continue;
        for (const [row, visit] of rows.entries()) rankings.get(visit)?.set(call.model, { ranking, row });
      }
    }
    // Inference is away, or a placement's model is withdrawn.
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

interface RankedPart {
  readonly visits: readonly FoldedVisit[];
  readonly ranking: Awaited<ReturnType<Ranker['rank']>>;
}

/** Visits whose event must have an offer of its own wait for inference to come back; the others don't. */
const rankUntilDone = async (
  ranker: Pick<Ranker, 'rank' | 'back'>,
  models: Pick<PromotedModels, 'get'>,
  call: Call,
  batch: Batch<RawRecord>,
): Promise<RankedPart[]> => {
  // Looked up for each try: another version may have been promoted while one waits.
  const rank = async (visits: readonly FoldedVisit[]) => {
    const version = models.get(call.tenant, call.model)?.version;
    if (version === undefined) return undefined;
    return ranker.rank({
      model: call.model,
      version,
      blocked: call.blocked,
      profiles: visits.map(({ profile }) => profile),
    });
  };
  const ranking = await rank(call.visits);
  if (ranking !== undefined) return [{ visits: call.visits, ranking }];
  const patient = call.visits.filter(({ cause }) => cause?.value.offerEach === true);
  const parts: RankedPart[] = [{ visits: call.visits.filter((visit) => !patient.includes(visit)), ranking: undefined }];
  while (patient.length > 0) {
    // Not without looking up now and then: the partitions may go to somebody else meanwhile.
    await ranker.back(RETRY_MS);
    batch.ensureCurrent();
    const late = await rank(patient);
    if (late !== undefined) return [...parts, { visits: patient, ranking: late }];
    if (models.get(call.tenant, call.model) === undefined) return [...parts, { visits: patient, ranking: undefined }];
  }
  return parts;
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
