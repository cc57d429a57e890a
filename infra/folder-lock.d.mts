export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

export type LockAnswer =
  | { readonly ok: true; readonly release: () => void }
  | {
      readonly ok: false;
      readonly holder: LockHolder;
      /** The holder is gone, and its cleaner still ends what it had started. */
      readonly ending: boolean;
    };

/**
 * Takes a lock file for the life of this process, and for that of a cleaner, a process that ends what this one leaves
 * behind. A lock whose holder and cleaner are gone is taken over; a holder on another host (or in another container)
 * can't be looked up and is believed.
 */
export const takeLock: (file: string, cleaner?: number) => LockAnswer;
