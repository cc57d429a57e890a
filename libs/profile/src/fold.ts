import type { ActionCode } from '@offerstream/contracts';
import type { Guard, Profile } from './profile.js';

/** What the fold needs to know of an event. */
export interface FoldableEvent {
  readonly partition: number;
  readonly offset: number;
  /** Where its event first came onto the topic, of a record that was sent home. */
  readonly origin?: Guard | undefined;
  /** 48 bits of its messageId's hash. */
  readonly fingerprint: number;
  readonly timeSeconds: number;
  readonly interactions: readonly { readonly itemHash: bigint; readonly action: ActionCode }[];
}

/**
 * - `applied`: the profile has changed.
 * - `repeated`: this very record was applied before (a redelivery); its stored offers are to be published again.
 * - `resent`: another copy of the record was applied before, since it was sent home twice.
 * - `duplicate`: another record with the same messageId was applied before (a client's retry).
 */
export type FoldOutcome = 'applied' | 'repeated' | 'resent' | 'duplicate';

/** Folds one event into the profile, in place. */
export const fold = (profile: Profile, event: FoldableEvent): FoldOutcome => {
  if (profile.hasApplied(event.partition, event.offset)) return 'repeated';
  if (event.origin !== undefined && profile.hasAppliedFrom(event.origin)) return 'resent';
  if (profile.hasSeen(event.fingerprint)) return 'duplicate';
  profile.note(event);
  for (const interaction of event.interactions)
    profile.add({ itemHash: interaction.itemHash, action: interaction.action, timeSeconds: event.timeSeconds });
  return 'applied';
};

/** 48 bits of a 64-bit hash: exact in a double, six bytes in the record. */
export const fingerprintOf = (hash: bigint): number => Number(BigInt.asUintN(48, hash));
