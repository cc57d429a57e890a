import type { ItemId, TenantId } from '@offerstream/contracts';
import { Turns, type TurnsOptions } from '../turns.js';
import type { KindName, VectorKind } from './vector-kind.js';
import { VectorLane, type VectorLaneParts } from './vector-lane.js';

export interface VectorMakerParts extends VectorLaneParts, TurnsOptions {
  readonly kinds: readonly VectorKind[];
}

/** Has items' vectors made in the background, by turns of tenants and kinds. */
export class VectorMaker {
  private readonly lanes: Turns<VectorLane>;
  private readonly kinds: ReadonlyMap<KindName, VectorKind>;

  constructor(private readonly parts: VectorMakerParts) {
    this.lanes = new Turns(parts);
    this.kinds = new Map(parts.kinds.map((kind) => [kind.name, kind]));
  }

  /** Items to be looked at. */
  waiting(kind: KindName): number {
    let waiting = 0;
    for (const lane of this.lanes.all()) if (lane.kind.name === kind) waiting += lane.waiting;
    return waiting;
  }

  /** Something that a vector of this kind is made of has changed, or the vector itself. */
  note(name: KindName, tenant: TenantId, item: ItemId): void {
    const kind = this.kinds.get(name);
    if (kind === undefined) return;
    const lane = this.lanes.of(`${name}:${tenant}`, () => new VectorLane(tenant, kind, this.parts));
    lane.note(item, this.lanes.hasBegun);
    this.lanes.wake();
  }

  /** Works until it is stopped; to be called when the tables are known. */
  run(): Promise<void> {
    return this.lanes.run();
  }

  stop(): void {
    this.lanes.stop();
  }
}
