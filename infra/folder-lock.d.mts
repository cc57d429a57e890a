export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Takes a lock file for the life of this process. A lock whose holder is gone is taken over.
 */
export const takeLock: (
  file: string,
) => { readonly ok: true; readonly release: () => void } | { readonly ok: false; readonly holder: LockHolder };
