import type { Offer } from '@offerstream/contracts';

const TITLE_LENGTH = 50;

/** An offer for people. @param titleOf an item's title, where the catalog has one */
export const offerText = (offer: Offer, titleOf: (item: string) => string | undefined): string => {
  const model = offer.model === null ? 'no model' : `${offer.model.name} version ${offer.model.version}`;
  const widest = Math.max(4, ...offer.items.map(({ item }) => item.length));
  const rows = offer.items.map(({ item, rank, score, strategy }) => {
    const title = (titleOf(item) ?? '').slice(0, TITLE_LENGTH).padEnd(TITLE_LENGTH);
    return `  ${String(rank).padStart(2)}  ${item.padEnd(widest)}  ${title}  ${score.toFixed(4).padStart(9)}  ${strategy}`;
  });
  return [
    `${offer.subject} in ${offer.placement}: offer ${offer.id}, revision ${offer.revision}, by ${model}`,
    `after event ${offer.cause.messageId} of ${offer.cause.eventTime}, valid until ${offer.validUntil}`,
    ...rows,
    '',
    '',
  ].join('\n');
};
