import type { Outcome, SubjectId, SubjectKey, Tenant } from '@offerstream/contracts';
import type { Message, StoredRanking } from '@offerstream/decisioning';
import type { Element } from '@offerstream/pipeline';
import type { RawRecord } from '@offerstream/kafka';
import type { Profile } from '@offerstream/profile';
import type { PersonalRanking } from '@offerstream/ranking';
import type { ReadEvent } from './clickstream-record.js';

export type ReadElement = Element<RawRecord, ReadEvent>;

/** One shopper's part of a batch: who it is and what came, in order. */
export interface Visit {
  readonly key: SubjectKey;
  readonly tenant: Tenant;
  readonly subject: SubjectId;
  readonly events: readonly ReadElement[];
  /** As folded so far; this visit's own to change. */
  readonly profile: Profile;
  /** One of the records was saved before and comes again: what was stored for publication is published again. */
  readonly again: readonly Message[];
}

/** After the fold. */
export interface FoldedVisit extends Visit {
  /** Something was applied: the profile is to be saved. */
  readonly changed: boolean;
  /** What was applied for the first time ever, so not what a rebuild folds again: it is counted. */
  readonly news: readonly ReadElement[];
  /** What is to be published of the events; repeats have the same id. */
  readonly outcomes: readonly Outcome[];
  /** The newest applied event that said something about the shopper's taste: offers follow it. */
  readonly cause: ReadElement | undefined;
  /** The revision of this visit's offers; 0 without a cause. */
  readonly revision: number;
}

/** After scoring: what the models said, by model name; a model that could not answer is missing. */
export interface ScoredVisit extends FoldedVisit {
  readonly rankings: ReadonlyMap<string, PersonalRanking>;
  /** The items of the shopper's stored offers, by placement; read only where a model could not answer. */
  readonly lastOffers: ReadonlyMap<string, StoredRanking>;
}

/** After the decision. */
export interface DecidedVisit extends ScoredVisit {
  readonly messages: readonly Message[];
}
