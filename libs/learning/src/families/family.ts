import type { CatalogItem, TenantId } from '@offerstream/contracts';
import type { ItemVectors } from '../fusion/item-vectors.js';
import type { InteractionLog } from '../interaction-log.js';
import type { RankedCatalog } from '../popularity.js';
import type { Ranker } from '../ranker.js';

/** What a family learns from. */
export interface TrainingData {
  readonly tenant: TenantId;
  readonly log: InteractionLog;
  readonly catalog: RankedCatalog;
  /** What is known of items, by id. */
  readonly items: ReadonlyMap<string, CatalogItem>;
  /** What models of words and pictures make of items. */
  readonly vectors?: ItemVectors;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** One kind of model: what it learns from data, and the settings with which that becomes a ranker. */
export interface Family<Settings extends object = object> {
  /** In one sentence, for the model card. */
  readonly description: string;
  readonly defaults: Settings;
  /** Changes that are tried on held-out interactions one after the other, each kept when it helps. */
  readonly alternatives: readonly Partial<Settings>[];
  /** Whether its explanations say what comes from each source. */
  readonly saysSources?: boolean;
  readonly fit: (data: TrainingData) => Promise<FittedFamily<Settings>>;
}

/** What a family has learned. */
export interface FittedFamily<Settings extends object> {
  // A method, so that families with settings of their own go by one type: each is only asked with its own settings.
  ranker(settings: Settings): Ranker;
  /** What was learned, in numbers, for `metrics.json`. */
  readonly learned?: object;
  /** Further files that go with a version, by name. */
  readonly beside?: () => Readonly<Record<string, string | Uint8Array>>;
}
