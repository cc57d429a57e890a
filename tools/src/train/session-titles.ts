import { ACTION, type CatalogItem } from '@offerstream/contracts';
import type { HistoryEvent } from '../events/history.js';

/** Whoever does nothing for so long begins another session. */
const SESSION_GAP_MS = 30 * 60 * 1000;

/**
 * The titles that were acted on in each session, the session that ended first in front. Items without a title are left out, and what
 * was taken out of a cart is no action of interest.
 *
 * @param events in time order
 */
export const sessionTitles = (
  events: Iterable<HistoryEvent>,
  items: ReadonlyMap<string, CatalogItem>,
): readonly (readonly string[])[] => {
  const open = new Map<string, { readonly titles: Set<string>; endMs: number }>();
  const sessions = new Set<{ readonly titles: Set<string>; endMs: number }>();
  for (const { subject, timeMs, interactions } of events) {
    const last = open.get(subject);
    const session =
      last !== undefined && timeMs - last.endMs <= SESSION_GAP_MS ? last : { titles: new Set<string>(), endMs: timeMs };
    session.endMs = timeMs;
    open.set(subject, session);
    sessions.add(session);
    for (const { item, action } of interactions) {
      const title = items.get(item)?.title;
      if (title !== undefined && action !== ACTION.remove) session.titles.add(title);
    }
  }
  return [...sessions].sort((a, b) => a.endMs - b.endMs).map(({ titles }) => [...titles]);
};
