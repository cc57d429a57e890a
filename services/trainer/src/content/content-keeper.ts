import type { ItemId, TenantId } from '@offerstream/contracts';
import type { KindName } from '../vectors/vector-kind.js';
import { Turns, type TurnsOptions } from '../turns.js';
import { ContentModel, type ContentModelParts } from './content-model.js';

/** Keeps the content models of all tenants complete, by turns. */
export class ContentKeeper {
  private readonly models: Turns<ContentModel>;

  constructor(private readonly parts: ContentModelParts & TurnsOptions) {
    this.models = new Turns(parts);
  }

  /** Items that are in no version that serves. */
  waiting(): number {
    let waiting = 0;
    for (const model of this.models.all()) waiting += model.waiting;
    return waiting;
  }

  /** Models that were trained with another encoder of a kind than the one that serves. */
  outdated(kind: KindName): number {
    return this.models
      .all()
      .filter((model) => model.isOutdated(kind))
      .toArray().length;
  }

  /** The item, or one of its vectors, has come, changed or gone. */
  note(tenant: TenantId, item: ItemId): void {
    this.models.of(tenant, () => new ContentModel(tenant, this.parts)).note(item);
    this.models.wake();
  }

  /** Which versions serve has changed. */
  wake(): void {
    this.models.wake();
  }

  /** Works until it is stopped; to be called when the tables are known. */
  run(): Promise<void> {
    return this.models.run();
  }

  stop(): void {
    this.models.stop();
  }
}
