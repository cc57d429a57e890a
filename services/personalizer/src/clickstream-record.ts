import type { ActionCode, Outcome, StrayOrigin, SubjectId, SubjectKey, Tenant } from '@offerstream/contracts';

/** A `clickstream` record that could be read. */
export interface ReadEvent {
  readonly tenant: Tenant;
  readonly subject: SubjectId;
  readonly key: SubjectKey;
  readonly messageId: string;
  /** 48 bits of the messageId's hash. */
  readonly fingerprint: number;
  /** Where it first came onto the topic, if it was sent home from there. */
  readonly origin: StrayOrigin | undefined;
  /** When it happened, ms since 1970, at most its first receipt. */
  readonly timeMs: number;
  readonly consent: boolean;
  /** It must have an offer of its own, made by the model. */
  readonly offerEach: boolean;
  readonly interactions: readonly { readonly itemHash: bigint; readonly action: ActionCode }[];
  /** What the shopper searched for. */
  readonly query: string | undefined;
  /** What it says of an offer, if anything. */
  readonly outcome: Outcome | undefined;
}
