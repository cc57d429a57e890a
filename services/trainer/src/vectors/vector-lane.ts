import {
  itemKey,
  itemVectorsSchema,
  STATE_HEADERS,
  vectorText,
  type ItemId,
  type ItemVectors,
  type KafkaHeaders,
  type TenantId,
} from '@offerstream/contracts';
import type { ItemRecords } from '../item-records.js';
import type { TrainerMetrics } from '../trainer-metrics.js';
import type { Turn, Worker } from '../turns.js';
import type { ItemEncoder, KindName, VectorKind, VectorOrigins } from './vector-kind.js';

export interface VectorRecord {
  readonly key: string;
  /** Null where the item has no vector any more. */
  readonly value: Buffer | null;
  readonly headers: KafkaHeaders;
}

export interface VectorLaneParts {
  readonly vectors: Pick<ItemRecords<VectorOrigins>, 'noteOf' | 'read'>;
  /** Resolves when the broker has the records, and `vectors` too. */
  readonly publish: (records: readonly VectorRecord[]) => Promise<void>;
  readonly metrics: Pick<TrainerMetrics, 'made' | 'refused' | 'failed'>;
  readonly warn: (message: string) => void;
  readonly nowMs: () => number;
}

interface Due {
  readonly make: readonly ItemId[];
  readonly remove: readonly ItemId[];
}

const WHAT = { text: 'title', image: 'picture' } as const;

/** Items of a turn: others wait for as long as these take. */
const BATCH = 16;
/** Items that are looked at in a turn, most of which have what they need. */
const LOOKED_AT = 5_000;

/** How long an item that the model has no answer for waits until it is tried again: twice as long each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;

interface Failed {
  readonly pauseMs: number;
  readonly untilMs: number;
}

/** What one kind of a tenant's vectors has to do, and the doing of it, a little at a time. */
export class VectorLane implements Worker {
  /** What has just come or changed. */
  private readonly first = new Set<ItemId>();
  /** What was there at the start, what another version is to look at. */
  private readonly later = new Set<ItemId>();
  /** What the model had no answer for; no other item waits for it. */
  private readonly failed = new Map<ItemId, Failed>();
  /** What can't be looked at, by item: its source. */
  private readonly refused = new Map<ItemId, string>();
  /** Name and version of what looks at the items. */
  private encoder = '';

  constructor(
    private readonly tenant: TenantId,
    readonly kind: VectorKind,
    private readonly parts: VectorLaneParts,
  ) {}

  get name(): string {
    return `vectors of ${this.tenant} wait`;
  }

  /** Items to be looked at, whether or not there is something to do. */
  get waiting(): number {
    return this.first.size + this.later.size + this.failed.size;
  }

  /** @param isNews whether it goes before what was there already */
  note(item: ItemId, isNews: boolean): void {
    this.failed.delete(item);
    (isNews ? this.first : this.later).add(item);
  }

  /**
   * Makes some vectors, and removes those whose item has nothing of the kind any more.
   *
   * @throws while something that it needs is away
   */
  async turn(): Promise<Turn> {
    const encoder = await this.kind.encoderOf(this.tenant);
    const identity = encoder === undefined ? '' : `${encoder.name}/${encoder.version}`;
    if (identity !== this.encoder) {
      this.encoder = identity;
      this.failed.clear();
      for (const item of this.kind.itemsOf(this.tenant)) this.later.add(item);
    }
    const due = this.takeDue(encoder);
    if (due.make.length + due.remove.length === 0)
      return { did: this.first.size + this.later.size > 0 ? 'something' : 'nothing' };
    try {
      return await this.take(due, encoder);
    } catch (error) {
      for (const item of [...due.make, ...due.remove]) this.first.add(item);
      throw error;
    }
  }

  private takeDue(encoder: ItemEncoder | undefined): Due {
    const due = { make: [] as ItemId[], remove: [] as ItemId[] };
    const nowMs = this.parts.nowMs();
    for (const [item, { untilMs }] of this.failed) if (untilMs <= nowMs) this.later.add(item);
    let looked = 0;
    for (const waiting of [this.first, this.later]) {
      for (const item of waiting) {
        if (due.make.length + due.remove.length === BATCH || looked === LOOKED_AT) return due;
        looked += 1;
        waiting.delete(item);
        const what = this.dueOf(item, encoder);
        if (what === undefined) this.failed.delete(item);
        else due[what].push(item);
      }
    }
    return due;
  }

  private dueOf(item: ItemId, encoder: ItemEncoder | undefined): 'make' | 'remove' | undefined {
    const known = this.parts.vectors.noteOf(this.tenant, item)?.[this.kind.name];
    const source = this.kind.sourceOf(this.tenant, item);
    if (source === undefined) this.refused.delete(item);
    if (source === undefined || this.refused.get(item) === source) return known === undefined ? undefined : 'remove';
    // What was made before serves until something else can be made.
    if (encoder === undefined) return undefined;
    const { name, version } = encoder;
    return known?.source === source && known.model === name && known.version === version ? undefined : 'make';
  }

  private async take({ make, remove }: Due, encoder: ItemEncoder | undefined): Promise<Turn> {
    const { publish, metrics, warn } = this.parts;
    const { name: kind } = this.kind;
    const embedded = (await encoder?.embed(make)) ?? [];
    const changes = new Map<ItemId, ItemVectors[KindName]>(remove.map((item) => [item, undefined]));
    for (const [place, item] of make.entries()) {
      const result = embedded[place];
      if (result === undefined || encoder === undefined) continue;
      const failedBefore = this.failed.get(item);
      this.failed.delete(item);
      if ('vector' in result) {
        const { source, vector } = result;
        changes.set(item, { model: encoder.name, version: encoder.version, vector: vectorText(vector), source });
      } else if ('refusal' in result) {
        this.refused.set(item, result.source);
        changes.set(item, undefined);
        metrics.refused(kind);
        warn(`the ${WHAT[kind]} of ${itemKey(this.tenant, item)} has no vector: ${result.refusal}`);
      } else {
        const pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * (failedBefore?.pauseMs ?? 0)), LONGEST_PAUSE_MS);
        this.failed.set(item, { pauseMs, untilMs: this.parts.nowMs() + pauseMs });
        metrics.failed(kind, 1);
        if (failedBefore === undefined)
          warn(`the ${WHAT[kind]} of ${itemKey(this.tenant, item)} has no vector yet: ${result.failure}`);
      }
    }
    const records = await Promise.all([...changes].map(([item, vector]) => this.recordOf(item, vector)));
    await publish(records.filter((record) => record !== undefined));
    metrics.made(kind, [...changes.values()].filter((vector) => vector !== undefined).length);
    return { did: 'something' };
  }

  /** Undefined where there is nothing to say. */
  private async recordOf(item: ItemId, vector: ItemVectors[KindName]): Promise<VectorRecord | undefined> {
    const { vectors } = this.parts;
    const isKnown = vectors.noteOf(this.tenant, item) !== undefined;
    if (!isKnown && vector === undefined) return undefined;
    const before = await vectors.read(this.tenant, item);
    if (isKnown && before === undefined) {
      // Somebody else has written of it in this moment.
      this.first.add(item);
      return undefined;
    }
    const known: ItemVectors =
      before === undefined ? { id: item } : itemVectorsSchema.parse(JSON.parse(before.value.toString()));
    const after = { ...known, [this.kind.name]: vector };
    const isNothing = after.text === undefined && after.image === undefined;
    return {
      key: itemKey(this.tenant, item),
      value: isNothing ? null : Buffer.from(JSON.stringify(after)),
      headers: STATE_HEADERS,
    };
  }
}
