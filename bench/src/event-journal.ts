import { setTimeout as sleep } from 'node:timers/promises';
import { STRATEGIES, type Strategy } from '@offerstream/contracts';
import { distribution, type Distribution } from './distribution.js';

const QUIET_MS = 2_000;
const PREFIX = 'bench-';
const CAUSE = new RegExp(`"cause":\\{"messageId":"${PREFIX}(\\d+)"`);
const STRATEGY = /"strategy":"(\w+)"/;
const VERSION = /"model":\{"name":"[^"]*","version":"(\d+)"/;

interface SentEvent {
  readonly dueAt: number;
  acceptedAt?: number;
  refusal?: string;
  offer?: SeenOffer;
}

/** The first offer that named an event as its cause. */
interface SeenOffer {
  readonly seenAt: number;
  /** Of its first item; undefined where it has none. */
  readonly strategy: Strategy | undefined;
  readonly version: string | undefined;
}

/** What became of the events of a window. */
export interface Summary {
  readonly events: number;
  /** Not accepted, and why the first of them. */
  readonly refused: number;
  readonly firstRefusal: string | undefined;
  /** Events with an offer of their own; a newer event of the same shopper in the same batch takes an older one's place. */
  readonly offersShare: number;
  /** Offers by the strategy that chose their first item. */
  readonly strategies: Readonly<Record<string, number>>;
  /** From the moment the event was due until it was acknowledged. */
  readonly acceptMs: Distribution | undefined;
  /** From the acknowledgement until this process had the offer. */
  readonly acceptedToOfferMs: Distribution | undefined;
  /** From the moment the event was due until this process had the offer. */
  readonly eventToOfferMs: Distribution | undefined;
}

/** When each event was due, accepted, and followed by an offer, by its number; moments of `performance.now()`. */
export class EventJournal {
  private readonly events: SentEvent[] = [];
  private offers = 0;

  get length(): number {
    return this.events.length;
  }

  /** @returns the event's number */
  begin(dueAt: number): number {
    return this.events.push({ dueAt }) - 1;
  }

  messageId(event: number): string {
    return `${PREFIX}${event}`;
  }

  accepted(event: number, at: number): void {
    const sent = this.events[event];
    if (sent !== undefined) sent.acceptedAt = at;
  }

  refused(event: number, reason: string): void {
    const sent = this.events[event];
    if (sent !== undefined) sent.refusal = reason;
  }

  /** Takes a record's value of the topic `offers`; only an event's first offer counts. */
  offerSeen(value: Buffer, seenAt: number): void {
    const text = value.toString('latin1');
    const sent = this.events[Number(CAUSE.exec(text)?.[1])];
    if (sent === undefined || sent.offer !== undefined) return;
    const strategy = STRATEGY.exec(text)?.[1];
    sent.offer = {
      seenAt,
      strategy: STRATEGIES.find((known) => known === strategy),
      version: VERSION.exec(text)?.[1],
    };
    this.offers++;
  }

  /** How many events from `from` to before `to` have an offer. */
  offersOf(from: number, to: number): number {
    return this.events.slice(from, to).filter(({ offer }) => offer !== undefined).length;
  }

  /** When an offer by this model version, or of this strategy, was first seen for an event from `from` on. */
  firstSeen(from: number, wanted: { readonly version?: string; readonly strategy?: Strategy }): number | undefined {
    const moments = this.events
      .slice(from)
      .flatMap(({ offer }) =>
        offer !== undefined &&
        (wanted.version === undefined || offer.version === wanted.version) &&
        (wanted.strategy === undefined || offer.strategy === wanted.strategy)
          ? [offer.seenAt]
          : [],
      );
    return moments.length === 0 ? undefined : moments.reduce((first, at) => Math.min(first, at));
  }

  /** Resolves when offers have ceased to come. */
  async untilQuiet(): Promise<void> {
    let seen: number;
    do {
      seen = this.offers;
      await sleep(QUIET_MS);
    } while (this.offers !== seen);
  }

  summary(from: number, to = this.events.length): Summary {
    const events = this.events.slice(from, to);
    const strategies: Record<string, number> = {};
    const accept: number[] = [];
    const acceptedToOffer: number[] = [];
    const eventToOffer: number[] = [];
    for (const { dueAt, acceptedAt, offer } of events) {
      if (acceptedAt !== undefined) accept.push(acceptedAt - dueAt);
      if (offer === undefined) continue;
      const strategy = offer.strategy ?? 'none';
      strategies[strategy] = (strategies[strategy] ?? 0) + 1;
      eventToOffer.push(offer.seenAt - dueAt);
      if (acceptedAt !== undefined) acceptedToOffer.push(offer.seenAt - acceptedAt);
    }
    return {
      events: events.length,
      refused: events.length - accept.length,
      firstRefusal: events.find(({ refusal }) => refusal !== undefined)?.refusal,
      offersShare: Math.round((eventToOffer.length / Math.max(1, events.length)) * 1_000) / 1_000,
      strategies,
      acceptMs: distribution(accept),
      acceptedToOfferMs: distribution(acceptedToOffer),
      eventToOfferMs: distribution(eventToOffer),
    };
  }
}
