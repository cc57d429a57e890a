/** What one request and its repeats have in common. */
export interface Receipt {
  /** What is drawn by chance is drawn by this, so that a repeat is answered as the first was. */
  readonly seed: number;
  /** Tokens that were paid for. */
  paidTokens: number;
  /** Milliseconds since 1970. */
  readonly endsMs: number;
}

export interface ReceiptsOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly newSeed: () => number;
}

/** How long a repeat costs nothing. */
export const REMEMBERED_MS = 600_000;
/** 100 bytes each. */
const MOST_RECEIPTS = 100_000;

/** Requests of the last minutes, known by hashes alone: a client that sends one again pays it once. */
export class Receipts {
  /** The oldest first. */
  private readonly receipts = new Map<string, Receipt>();

  constructor(private readonly options: ReceiptsOptions) {}

  /** The receipt of a request: that of the one before where it says that it is a repeat, and its own otherwise. */
  of(fingerprint: string, mayBeRepeated: boolean): Receipt {
    const { nowMs, newSeed } = this.options;
    const now = nowMs();
    const before = this.receipts.get(fingerprint);
    if (mayBeRepeated && before !== undefined && now < before.endsMs) return before;
    const receipt = { seed: newSeed(), paidTokens: 0, endsMs: now + REMEMBERED_MS };
    this.receipts.delete(fingerprint);
    this.receipts.set(fingerprint, receipt);
    for (const [oldest, { endsMs }] of this.receipts) {
      if (endsMs > now && this.receipts.size <= MOST_RECEIPTS) break;
      this.receipts.delete(oldest);
    }
    return receipt;
  }
}
