/** Items so far apart in a shopper's sequence still count as seen together. */
const WINDOW = 5;

/** Which items were seen close to each other: the baseline "neighbours of the last item". */
export class LastItemNeighbours {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #recent = new Map<string, string[]>();
  readonly #rankings = new Map<string, readonly string[]>();

  /** Takes a shopper's next item; all learning comes before the first {@link LastItemNeighbours.of}. */
  learn(subject: string, item: string): void {
    const recent = this.#recent.get(subject) ?? [];
    this.#recent.set(subject, recent);
    if (recent.at(-1) === item) return;
    recent.forEach((earlier) => {
      if (earlier === item) return;
      this.#count(earlier, item);
      this.#count(item, earlier);
    });
    recent.push(item);
    if (recent.length > WINDOW) recent.shift();
  }

  /** Nearest first; equally near ones in the order in which they were first seen together. */
  of(item: string): readonly string[] {
    const known = this.#rankings.get(item);
    if (known !== undefined) return known;
    const ranking = [...(this.#counts.get(item) ?? [])].sort(([, a], [, b]) => b - a).map(([neighbour]) => neighbour);
    this.#rankings.set(item, ranking);
    return ranking;
  }

  #count(item: string, neighbour: string): void {
    const counts = this.#counts.get(item) ?? new Map<string, number>();
    this.#counts.set(item, counts);
    counts.set(neighbour, (counts.get(neighbour) ?? 0) + 1);
  }
}
