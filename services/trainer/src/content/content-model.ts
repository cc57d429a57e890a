import {
  explanationModel,
  itemHash,
  itemVectorsSchema,
  type CatalogItem,
  type ItemId,
  type ItemVectors,
  type TenantId,
} from '@offerstream/contracts';
import type { Catalog, DescribedItem, PromotedModels } from '@offerstream/decisioning';
import type { InferenceClient } from '@offerstream/inference-client';
import {
  contentItems,
  LearningError,
  modelName,
  placeNewItems,
  removeModel,
  storeModel,
  type ContentItems,
  type StoredModel,
} from '@offerstream/learning';
import type { ItemRecords } from '../item-records.js';
import type { TrainerMetrics } from '../trainer-metrics.js';
import type { Turn, Worker } from '../turns.js';
import type { ItemEncoder, KindName, VectorKind, VectorOrigins } from '../vectors/vector-kind.js';
import { pruneMadeVersions } from './made-versions.js';
import type { Extension } from './promote-extension.js';

export interface ContentModelParts {
  /** The model repository. */
  readonly repository: string;
  readonly catalog: Pick<Catalog<DescribedItem>, 'shop'>;
  readonly models: Pick<PromotedModels, 'get'>;
  readonly vectors: Pick<ItemRecords<VectorOrigins>, 'noteOf' | 'read'>;
  readonly kinds: readonly VectorKind[];
  readonly inference: Pick<InferenceClient, 'modelReady'>;
  /** See {@link promoteExtension}. */
  readonly promote: (extension: Extension) => Promise<boolean>;
  readonly metrics: Pick<TrainerMetrics, 'placed'>;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly nowMs: () => number;
}

/** How long a new item waits for the vectors that it may get. */
const WAIT_MS = 1_000;
/** Items of one version: others wait until it serves. */
const MOST_NEW = 1_000;
/** Those that have changed are fewer: new ones wait for these, too. */
const MOST_CHANGED = 200;
const SERVED_TIMEOUT_MS = 60_000;
const DEADLINE_MS = 1_000;
/** How long the news of a promotion may take to get here. */
const NEWS_MS = 10_000;
const MADE_OF = { text: 'titles', image: 'pictures' } as const;

/** What the version that serves knows. */
interface Known extends ContentItems {
  version: string;
  readonly placed: Set<bigint>;
}

/** A version that has items more than `base`, and is to take its place. */
interface Made {
  readonly stored: StoredModel;
  readonly base: string;
  readonly placed: readonly ItemId[];
  readonly madeAtMs: number;
}

/**
 * Keeps a tenant's promoted content model complete: items that it does not know are placed in a version made of it, which takes its place
 * once inference serves it. One version at a time, of all items that wait.
 */
export class ContentModel implements Worker {
  readonly name: string;
  private readonly model: string;
  private known: Known | undefined;
  /** Items that the version does not know, and since when. */
  private readonly lacking = new Map<ItemId, number>();
  /** Items on their way into a version that is to serve. */
  private readonly placing = new Set<ItemId>();
  /** Items that were placed, of which something has changed since. */
  private readonly changed = new Set<ItemId>();
  private made: Made | undefined;
  /** Encoders that serve and are not those that the version was trained with: by kind, their names. */
  private readonly otherEncoders = new Map<KindName, string>();
  /** A version that nothing can be placed in. */
  private stuck: string | undefined;
  /** The version that was replaced last, until the news of it is here. */
  private replaced: { readonly version: string; readonly untilMs: number } | undefined;

  constructor(
    private readonly tenant: TenantId,
    private readonly parts: ContentModelParts,
  ) {
    this.model = modelName(tenant, 'content');
    this.name = `${this.model} stays as it is`;
  }

  /** Items that the version that serves does not know. */
  get waiting(): number {
    return this.placing.union(this.lacking).size;
  }

  /** Whether vectors of a kind are made by another encoder than those that the version that serves was trained with. */
  isOutdated(kind: KindName): boolean {
    return this.otherEncoders.has(kind);
  }

  /** The item, or one of its vectors, has come, changed or gone. */
  note(item: ItemId): void {
    if (this.known !== undefined) this.sort(this.known, item);
  }

  async turn(): Promise<Turn> {
    if (this.made !== undefined) return this.bringToServe(this.made);
    const promoted = this.parts.models.get(this.tenant, this.model);
    if (promoted?.family !== 'content') {
      this.forget();
      return { did: 'nothing' };
    }
    const { version } = promoted;
    if (version === this.stuck) return { did: 'nothing' };
    if (version === this.replaced?.version && this.parts.nowMs() < this.replaced.untilMs) return { did: 'wait' };
    const known = version === this.known?.version ? this.known : await this.learn(version);
    if (known === undefined) return { did: 'nothing' };
    const due = await this.takeDue(known);
    if (due.length > 0) return this.make(version, due);
    return { did: this.lacking.size > 0 ? 'wait' : 'nothing' };
  }

  /** @returns undefined where nothing can be placed in the version */
  private async learn(version: string): Promise<Known | undefined> {
    const { repository, catalog, warn } = this.parts;
    try {
      const items = await contentItems({ repository, name: this.model, version });
      const known = { ...items, version, placed: new Set(items.placed) };
      this.forget();
      // Also those that were placed: what became of them while nobody looked is not known.
      for (const { id } of catalog.shop(this.tenant).all()) this.sort(known, id);
      this.known = known;
      return known;
    } catch (error) {
      if (!(error instanceof LearningError && error.code === 'not-extendable')) throw error;
      this.forget();
      this.stuck = version;
      warn(`new items are in no offer of ${this.model}: ${error.message}`);
      return undefined;
    }
  }

  private forget(): void {
    this.known = undefined;
    this.lacking.clear();
    this.placing.clear();
    this.changed.clear();
    this.otherEncoders.clear();
  }

  /** What was to be placed is not, and waits again. */
  private putBack(items: readonly ItemId[]): void {
    this.placing.clear();
    for (const item of items) this.note(item);
  }

  private sort({ trained, placed }: Known, id: ItemId): void {
    const item = this.itemOf(id);
    if (item?.available !== true) {
      this.lacking.delete(id);
      this.placing.delete(id);
      this.changed.delete(id);
    } else if (placed.has(item.hash)) this.changed.add(id);
    else if (!trained.has(item.hash) && !this.lacking.has(id)) this.lacking.set(id, this.parts.nowMs());
  }

  private itemOf(id: ItemId): DescribedItem | undefined {
    return this.parts.catalog.shop(this.tenant).item(itemHash(this.tenant, id));
  }

  private async takeDue(known: Known): Promise<readonly ItemId[]> {
    const kinds = await this.servedKinds(known);
    const longAgoMs = this.parts.nowMs() - WAIT_MS;
    const due: ItemId[] = [];
    for (const [item, sinceMs] of this.lacking) {
      if (due.length === MOST_NEW) break;
      if (sinceMs <= longAgoMs || kinds.every((kind) => this.hasAll(item, kind))) due.push(item);
    }
    if (due.length > 0) {
      for (const item of due) {
        this.lacking.delete(item);
        this.placing.add(item);
      }
      return due;
    }
    for (const item of this.changed) {
      if (due.length === MOST_CHANGED) break;
      due.push(item);
      this.changed.delete(item);
    }
    return due;
  }

  private async servedKinds(known: Known): Promise<readonly VectorKind[]> {
    const served: VectorKind[] = [];
    for (const kind of this.parts.kinds) {
      // Whoever makes vectors says what is wrong with it.
      const encoder = await kind.encoderOf(this.tenant).catch(() => undefined);
      if (encoder === undefined) continue;
      served.push(kind);
      this.compare(kind.name, encoder, known.encoders[kind.name]);
    }
    return served;
  }

  /** Says it once where what serves makes vectors that say nothing to the model. */
  private compare(kind: KindName, { name, version }: ItemEncoder, trained: ContentItems['encoders'][KindName]): void {
    if (trained === undefined || (trained.model === name && trained.version === version)) {
      this.otherEncoders.delete(kind);
      return;
    }
    const other = `${name}/${version}`;
    if (this.otherEncoders.get(kind) === other) return;
    this.otherEncoders.set(kind, other);
    this.parts.warn(
      `${this.model} was trained with ${trained.model}/${trained.version}, and ${other} serves: to it, ${MADE_OF[kind]} of new items say nothing. ` +
        'Train it again, once trainer_vectors_waiting no longer falls: ' +
        `npm run train -- --tenant ${this.tenant} --family content --events FILE`,
    );
  }

  private hasAll(item: ItemId, kind: VectorKind): boolean {
    const source = kind.sourceOf(this.tenant, item);
    if (source === undefined) return !kind.comesLater(this.tenant);
    return this.parts.vectors.noteOf(this.tenant, item)?.[kind.name]?.source === source;
  }

  private async make(base: string, due: readonly ItemId[]): Promise<Turn> {
    const { repository, log, nowMs } = this.parts;
    try {
      const items = due.flatMap((id) => this.catalogItemOf(id));
      const vectors = await this.vectorsOf(items);
      const extended = await placeNewItems({ repository, name: this.model, version: base, items, vectors });
      if (extended === undefined) {
        this.placing.clear();
        return { did: 'something' };
      }
      const stored = await storeModel(repository, extended);
      const placed = extended.placed as readonly ItemId[];
      this.made = { stored, base, placed, madeAtMs: nowMs() };
      log(`version ${stored.version} of ${this.model} has ${placed.length} items that ${base} does not know so`);
      return { did: 'something' };
    } catch (error) {
      this.putBack(due);
      throw error;
    }
  }

  private catalogItemOf(id: ItemId): readonly CatalogItem[] {
    const item = this.itemOf(id);
    if (item === undefined) return [];
    const { title, categories, price, available } = item;
    const described = { ...(title !== undefined && { title }), ...(price !== undefined && { price }) };
    return [{ id, categories: [...categories], available, ...described }];
  }

  private async vectorsOf(items: readonly CatalogItem[]): Promise<ReadonlyMap<string, ItemVectors>> {
    const vectors = new Map<string, ItemVectors>();
    for (const { id } of items) {
      const record = await this.parts.vectors.read(this.tenant, id);
      if (record !== undefined) vectors.set(id, itemVectorsSchema.parse(JSON.parse(record.value.toString())));
    }
    return vectors;
  }

  private async bringToServe(made: Made): Promise<Turn> {
    const { models, nowMs, promote, log } = this.parts;
    const { stored, base } = made;
    const { version } = stored;
    const promoted = models.get(this.tenant, this.model)?.version;
    if (promoted !== base && promoted !== version) {
      log(`version ${version} of ${this.model} goes: ${promoted ?? 'nothing'} serves in the place of ${base}`);
      return this.giveUp(made);
    }
    if (!(await this.isServed(version))) {
      if (nowMs() - made.madeAtMs < SERVED_TIMEOUT_MS) return { did: 'wait' };
      await this.giveUp(made);
      return {
        did: 'fail',
        reason: `inference does not serve version ${version}; see that it reads this model repository`,
      };
    }
    if (!(await promote({ tenant: this.tenant, name: this.model, version, base }))) {
      await this.giveUp(made);
      return { did: 'fail', reason: `another version than ${base} serves by now` };
    }
    await this.noteServing(made);
    return { did: 'something' };
  }

  private async isServed(version: string): Promise<boolean> {
    for (const model of [explanationModel(this.model), this.model]) {
      if (!(await this.parts.inference.modelReady({ model, version, deadlineMs: DEADLINE_MS }))) return false;
    }
    return true;
  }

  private async giveUp({ stored, placed }: Made): Promise<Turn> {
    this.made = undefined;
    this.putBack(placed);
    await removeModel(stored);
    return { did: 'something' };
  }

  private async noteServing({ stored: { version }, base, placed }: Made): Promise<void> {
    const { nowMs, metrics, repository } = this.parts;
    this.made = undefined;
    this.replaced = { version: base, untilMs: nowMs() + NEWS_MS };
    this.placing.clear();
    if (this.known !== undefined) {
      this.known.version = version;
      for (const item of placed) this.known.placed.add(itemHash(this.tenant, item));
      // Some have come back, or changed, meanwhile.
      for (const item of [...this.lacking.keys()]) {
        if (!this.known.placed.has(itemHash(this.tenant, item))) continue;
        this.lacking.delete(item);
        this.changed.add(item);
      }
    }
    metrics.placed(placed.length);
    await pruneMadeVersions(repository, this.model, { serving: version, base });
  }
}
