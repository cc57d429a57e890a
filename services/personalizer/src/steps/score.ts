import type { PlacementId } from '@offerstream/contracts';
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
  readonly model: string;
  readonly version: string;
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
    const calls = callsFor(
      visits.filter(({ cause }) => cause !== undefined && !positions.isQuiet(cause.record)),
      models,
      catalog,
    );
    const rankings = new Map<FoldedVisit, Map<string, PersonalRanking>>();
    const unranked = new Set<FoldedVisit>();
    for (const call of calls) {
      for (const visit of call.visits) if (!rankings.has(visit)) rankings.set(visit, new Map());
      for (const part of await rankUntilDone(ranker, call, batch)) {
        for (const [row, visit] of part.visits.entries()) {
          if (part.ranking === undefined) unranked.add(visit);
          else rankings.get(visit)?.set(call.model, { ranking: part.ranking, row });
        }
      }
    }
    const last = await lastOffersOf([...unranked], store);
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
      const model = models.get(visit.tenant.id, name);
      if (model !== undefined)
        calls.set(key, {
          model: name,
          version: model.version,
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
  call: Call,
  batch: Batch<RawRecord>,
): Promise<RankedPart[]> => {
  const rank = (visits: readonly FoldedVisit[]) =>
    ranker.rank({
      model: call.model,
      version: call.version,
      blocked: call.blocked,
      profiles: visits.map(({ profile }) => profile),
    });
  const ranking = await rank(call.visits);
  if (ranking !== undefined) return [{ visits: call.visits, ranking }];
  const patient = call.visits.filter(({ cause }) => cause?.value.offerEach === true);
  const parts: RankedPart[] = [{ visits: call.visits.filter((visit) => !patient.includes(visit)), ranking: undefined }];
  while (patient.length > 0) {
    await ranker.back();
    batch.ensureCurrent();
    const late = await rank(patient);
    if (late !== undefined) return [...parts, { visits: patient, ranking: late }];
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return parts;
};

const RETRY_MS = 50;

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
