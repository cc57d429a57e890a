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
}
