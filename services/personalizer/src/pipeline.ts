import type { UsageMeter } from '@offerstream/billing';
import type { TopicName } from '@offerstream/contracts';
import type { PublishableItem, SearchCounts, Trends } from '@offerstream/decisioning';
import type { BatchingProducer, RawRecord } from '@offerstream/kafka';
import { Pipeline } from '@offerstream/pipeline';
import type { ProfileStore } from '@offerstream/profile-store';
import type { Ranker, Tables } from '@offerstream/ranking';
import type { Positions } from './positions.js';
import type { Quarantine } from './quarantine.js';
import { awaitNewTenants } from './steps/await-new-tenants.js';
import { countNews } from './steps/count-news.js';
import { decide } from './steps/decide.js';
import { decodeEvent } from './steps/decode-event.js';
import { dropWithoutConsent } from './steps/drop-without-consent.js';
import { foldEvents } from './steps/fold-events.js';
import { loadProfiles } from './steps/load-profiles.js';
import { publishOffers } from './steps/publish-offers.js';
import { refuseKiller } from './steps/refuse-killer.js';
import { saveProfiles } from './steps/save-profiles.js';
import { score } from './steps/score.js';
import { sendHome } from './steps/send-home.js';
import type { UnsavedProfiles } from './unsaved-profiles.js';
import type { DecidedVisit } from './visit.js';

export interface Dependencies {
  readonly tables: Tables<PublishableItem>;
  /** Resolves when the table of tenants holds all that its topic has by now. */
  readonly untilTenantsAreKnown: () => Promise<void>;
  readonly store: ProfileStore;
  readonly unsaved: UnsavedProfiles;
  readonly positions: Positions;
  readonly quarantine: Quarantine;
  readonly ranker: Ranker;
  readonly usage: UsageMeter;
  readonly trends: Trends;
  readonly searches: SearchCounts;
  readonly producer: BatchingProducer;
  readonly topicName: (topic: TopicName) => string;
  /** How many partitions `clickstream` has now. */
  readonly partitionCount: () => number;
  readonly onConflict: () => void;
  readonly nowMs: () => number;
  /** Fault points. */
  readonly reach: (point: string) => void;
}

/** What the personalizer does with a clickstream record, from top to bottom. */
export const personalize = (deps: Dependencies): Pipeline<RawRecord, DecidedVisit> =>
  Pipeline.of<RawRecord>('personalize')
    .step(refuseKiller(deps.quarantine)) //           killed the process again and again | fail('crash')
    .batchStep(awaitNewTenants(deps.tables.tenants, deps.untilTenantsAreKnown)) // one just made is not unknown
    .step(decodeEvent(deps.tables.tenants, (name) => deps.reach(`event-${name}`))) // bytes → event | fail(reason)
    .batchStep(sendHome(deps.producer, deps.topicName('clickstream'), deps.partitionCount, deps.positions)) // | drop('sent-home')
    .step(dropWithoutConsent()) //                    | drop('no-consent')
    .groupBy((event) => event.key) //                 one element a shopper, order kept
    .batchStep(loadProfiles(deps.store, deps.unsaved, deps.positions)) // one read a batch
    .step(foldEvents(deps.positions, deps.unsaved)) // (profile, events) → profile | drop('duplicate')
    .overlappingStep(score(deps.ranker, deps.tables.models, deps.tables.catalog, deps.store, deps.positions)) // one call a batch and model, the next batch's meanwhile
    .step(decide(deps.tables.models, deps.tables.catalog, deps.positions, deps.nowMs)) // eligibility, fallback → bytes
    .batchStep(saveProfiles(deps.store, deps.unsaved, deps.positions, deps.onConflict, deps.reach)) // one transaction
    .batchStep(countNews(deps.store, deps.usage, deps.trends, deps.searches)) // once it is on disk: events for usage, what is acted on for trends, searches
    .batchStep(publishOffers(deps.producer, deps.topicName, deps.positions, deps.reach)); // the saved bytes and outcomes, acknowledged
