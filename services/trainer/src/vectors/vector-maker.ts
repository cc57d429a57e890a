import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemId, TenantId } from '@offerstream/contracts';
import { isBug } from '@offerstream/kafka';
import type { KindName, VectorKind } from './vector-kind.js';
import { VectorLane, type LaneTurn, type VectorLaneParts } from './vector-lane.js';

export interface VectorMakerParts extends VectorLaneParts {
  readonly kinds: readonly VectorKind[];
  readonly nowMs: () => number;
}

/** How often encoders that have come or changed are looked for. */
const LOOK_MS = 1_000;
/** How long a lane that could do nothing waits before it tries again: twice as long each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Lane {
  readonly lane: VectorLane;
  pauseMs: number;
  pausedUntilMs: number;
}

/**
 * Has items' vectors made in the background: by turns of tenants and kinds, one after the other, with a rest as long as they took, so that
 * half of an encoder's time is left to whoever asks.
 */
export class VectorMaker {
  private readonly lanes = new Map<string, Lane>();
  private readonly kinds: ReadonlyMap<KindName, VectorKind>;
  private readonly stopping = new AbortController();
  private hasBegun = false;
  private wake = (): void => undefined;

  constructor(private readonly parts: VectorMakerParts) {
    this.kinds = new Map(parts.kinds.map((kind) => [kind.name, kind]));
  }

  /** Items to be looked at. */
  waiting(name: KindName): number {
    return [...this.lanes.entries()]
      .filter(([key]) => key.startsWith(`${name}:`))
      .reduce((sum, [, { lane }]) => sum + lane.waiting, 0);
  }

  /** Something that a vector of this kind is made of has changed, or the vector itself. */
  note(name: KindName, tenant: TenantId, item: ItemId): void {
    const kind = this.kinds.get(name);
    if (kind === undefined) return;
    const key = `${name}:${tenant}`;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { lane: new VectorLane(tenant, kind, this.parts), pauseMs: 0, pausedUntilMs: -Infinity };
      this.lanes.set(key, lane);
    }
    lane.lane.note(item, this.hasBegun);
    this.wake();
  }

  /** Works until it is stopped; to be called when the tables are known. */
  async run(): Promise<void> {
    const { nowMs } = this.parts;
    const { signal } = this.stopping;
    const isStopping = (): boolean => signal.aborted;
    this.hasBegun = true;
    while (!isStopping()) {
      const startedMs = nowMs();
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      let hasWorked = false;
      for (const lane of this.lanes.values()) {
        if (isStopping()) return;
        if (lane.pausedUntilMs <= nowMs() && (await this.turnOf(lane)) === 'something') hasWorked = true;
      }
      const rest = sleep(hasWorked ? nowMs() - startedMs : LOOK_MS, undefined, { signal }).catch(() => undefined);
      await (hasWorked ? rest : Promise.race([woken, rest]));
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async turnOf(lane: Lane): Promise<LaneTurn['did']> {
    let turn: LaneTurn;
    try {
      turn = await lane.lane.turn();
    } catch (error) {
      if (isBug(error)) throw error;
      turn = { did: 'fail', reason: error instanceof Error ? error.message : String(error) };
    }
    if (turn.did === 'something') lane.pauseMs = 0;
    if (turn.did !== 'fail') return turn.did;
    if (lane.pauseMs === 0 && !this.stopping.signal.aborted)
      this.parts.warn(`vectors of ${lane.lane.tenant} wait: ${turn.reason}`);
    lane.pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * lane.pauseMs), LONGEST_PAUSE_MS);
    lane.pausedUntilMs = this.parts.nowMs() + lane.pauseMs;
    return turn.did;
  }
}
