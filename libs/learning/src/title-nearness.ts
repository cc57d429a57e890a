/** Cosines of titles by the words that they have in common, each by how often it is there and how rare it is (TF-IDF). */
export class TitleNearness {
  readonly #titles: readonly ReadonlyMap<string, number>[];

  /**
   * @param titles of all items
   * @param known places of those that say how rare a word is
   */
  constructor(titles: readonly string[], known: Iterable<number>) {
    const words = titles.map((title) => title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
    const documents = new Map<string, number>();
    let count = 0;
    for (const place of known) {
      count += 1;
      for (const word of new Set(words[place])) documents.set(word, (documents.get(word) ?? 0) + 1);
    }
    this.#titles = words.map((ofTitle) => {
      const weights = new Map<string, number>();
      for (const word of ofTitle) {
        const rarity = Math.log((1 + count) / (1 + (documents.get(word) ?? 0))) + 1;
        weights.set(word, (weights.get(word) ?? 0) + rarity);
      }
      const length = Math.hypot(...weights.values()) || 1;
      return new Map(Array.from(weights, ([word, weight]) => [word, weight / length]));
    });
  }

  /** How near the candidates are to a weighted sum of titles. The sum's length is left out: it changes no order. */
  nearness(
    history: readonly { readonly item: number; readonly weight: number }[],
    candidates: readonly number[],
  ): readonly number[] {
    const sum = new Map<string, number>();
    for (const { item, weight } of history) {
      for (const [word, value] of this.#titles[item] ?? []) sum.set(word, (sum.get(word) ?? 0) + weight * value);
    }
    return candidates.map((item) => {
      let product = 0;
      for (const [word, value] of this.#titles[item] ?? []) product += value * (sum.get(word) ?? 0);
      return product;
    });
  }
}
