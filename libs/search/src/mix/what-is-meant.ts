import type { ScoredItem } from '../scored-item.js';

/** Of the nearest item: of queries in other words than the titles it is higher, of most strings of letters lower (`npm run evaluate -- search`). */
const LEAST_COSINE = 0.4;

/**
 * What was found by the meaning of a query. Something is always the nearest, also to a query that means nothing here: where none of its words
 * is found, the nearest has to be near.
 *
 * @param lexical by the words
 * @param vector by their cosines, best first
 */
export const whatIsMeant = (lexical: readonly ScoredItem[], vector: readonly ScoredItem[]): readonly ScoredItem[] =>
  lexical.length > 0 || (vector[0]?.score ?? 0) >= LEAST_COSINE ? vector : [];
