/** What a text that grows word by word may show, up to where the first of some texts begins in it. */
export class StopTexts {
  /** Shown or held back. */
  private text = '';
  private shown = 0;

  constructor(private readonly stops: readonly string[]) {}

  /**
   * Adds to the text.
   *
   * @returns the length of what may be shown of all of it; what could become a stop text is held back
   */
  add(more: string): { readonly upTo: number; readonly isStopped: boolean } {
    // A stop text may begin in what was held back, and nowhere before.
    const from = this.shown;
    this.text += more;
    const found = this.stops.map((stop) => this.text.indexOf(stop, from)).filter((at) => at >= 0);
    if (found.length > 0) return { upTo: Math.min(...found), isStopped: true };
    this.shown = Math.max(from, this.text.length - this.heldBack());
    return { upTo: this.shown, isStopped: false };
  }

  /** The longest end of the text with which a stop text begins. */
  private heldBack(): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let length = Math.min(stop.length - 1, this.text.length); length > longest; length--) {
        if (this.text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
