import type { Placement } from '@offerstream/contracts';
import {
  decideItems,
  type Catalog,
  type Message,
  type PromotedModels,
  type PublishableItem,
} from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type Step } from '@offerstream/pipeline';
import { offerMessage, vectorMessage, type OfferParts } from '../offer.js';
import type { Positions } from '../positions.js';
import type { DecidedVisit, ScoredVisit } from '../visit.js';

/** Eligibility and fallback → offers and vectors as bytes. A shopper whose event said nothing about taste gets none. */
export const decide = (
  models: PromotedModels,
  catalog: Catalog<PublishableItem>,
  positions: Pick<Positions, 'isQuiet'>,
  nowMs: () => number,
): Step<RawRecord, ScoredVisit, DecidedVisit> =>
  function decide(visit) {
    const { cause } = visit;
    if (cause === undefined || positions.isQuiet(cause.record)) return ok({ ...visit, messages: [] });
    const { record, value: event } = cause;
    const because: OfferParts['cause'] = { record, messageId: event.messageId, timeMs: event.timeMs };
    const shop = catalog.shop(visit.tenant.id);
    const messages: Message[] = [];
    const placements = visit.tenant.placements.filter((placement) => !isOldNews(record, placement, nowMs()));
    for (const placement of placements) {
      const model = models.get(visit.tenant.id, placement.model);
      const ranking = visit.rankings.get(placement.model);
      const items = decideItems({
        slots: placement.slots,
        shop,
        personal: ranking,
        last: visit.lastOffers.get(placement.id),
        popular: models.popularOf(visit.tenant.id, placement.model),
      });
      if (items.length === 0) continue;
      messages.push(
        offerMessage({
          tenant: visit.tenant.id,
          subject: visit.subject,
          placement,
          revision: visit.revision,
          items,
          // Another version may have been promoted since this ranking was asked for.
          model: ranking === undefined ? model : { name: placement.model, version: ranking.ranking.modelVersion },
          cause: because,
        }),
      );
    }
    for (const [name, { ranking, row }] of visit.rankings) {
      if (ranking.dimensions === 0 || !placements.some(({ model }) => model === name)) continue;
      const vector = ranking.userVectors.subarray(row * ranking.dimensions, (row + 1) * ranking.dimensions);
      messages.push(
        vectorMessage({
          tenant: visit.tenant.id,
          subject: visit.subject,
          model: { name, version: ranking.modelVersion },
          revision: visit.revision,
          vector,
          cause: because,
        }),
      );
    }
    return ok({ ...visit, messages });
  };

/** A backlog after a long stop changes profiles, but what it would offer is no longer of interest. */
const isOldNews = (record: RawRecord, placement: Placement, nowMs: number): boolean =>
  record.appendedAt + placement.validitySeconds * 1_000 < nowMs;
