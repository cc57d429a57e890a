import type { TenantId } from '@offerstream/contracts';
import type { OnnxModel } from '@offerstream/onnx';
import type { FamilyName } from './families/index.js';
import type { PrequentialReport } from './prequential.js';

/** What a model scored on interactions that it had not seen: contents of `metrics.json`. */
export interface ModelMetrics {
  readonly family: FamilyName;
  readonly interactions: number;
  readonly subjects: number;
  readonly items: number;
  /** RFC 3339; of the oldest and the newest interaction. */
  readonly from: string;
  readonly to: string;
  /** Prequential hit rates of a model of the interactions before the held-out ones, on those. */
  readonly heldOut: { readonly interactions: number } & PrequentialReport;
  readonly settings: object;
  /** What the family has learned that a few numbers say: of `content` how much each source counts. */
  readonly learned?: object;
  /** Of a version that was made of another by placing items that came after training: that version. */
  readonly extends?: string;
  /** The version that was trained, which this one is made of by one step or several. */
  readonly trained?: string;
  /** How many items were placed since training; `items` doesn't count them. */
  readonly newItems?: number;
}

export interface TrainedModel {
  readonly tenant: TenantId;
  readonly family: FamilyName;
  readonly model: OnnxModel;
  /** Says for items why the model scores them so (contracts, `retrieval-model.ts`). */
  readonly explanation: OnnxModel;
  readonly metrics: ModelMetrics;
  /** Markdown for people: what it is, what it learned from, how good it is. */
  readonly card: string;
  /** The most popular items, best first. */
  readonly popular: readonly string[];
  /** Further files of the version, by name. */
  readonly beside?: Readonly<Record<string, string | Uint8Array>>;
}
