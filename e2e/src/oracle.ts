import { itemHash } from '@offerstream/contracts';
import { readAll, type RawRecord } from '@offerstream/kafka';
import { TENANT, type Line } from './line.js';

/** What a shopper's profile must hold, folded from the topic by other means than the product's. */
export interface ExpectedProfile {
  readonly history: readonly { readonly itemHash: bigint; readonly action: number; readonly timeSeconds: number }[];
  readonly events: number;
  readonly last: RawRecord;
}

const HISTORY_LENGTH = 50;
const ACTIONS: Readonly<Record<string, number>> = { 'Product Viewed': 1, 'Product Clicked': 2, 'Product Added': 4 };

interface Call {
  readonly event: string;
  readonly userId: string;
  readonly messageId: string;
  readonly timestamp: string;
  readonly properties: { readonly product_id: string };
}

/** Folds the clickstream as the contract says: each shopper's distinct messages in their order, the newest 50 by time. */
export const expectedProfiles = (clickstream: readonly RawRecord[]): ReadonlyMap<string, ExpectedProfile> => {
  const shoppers = new Map<string, RawRecord[]>();
  for (const record of [...clickstream].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const shopper = JSON.parse(String(record.value)) as Call;
    shoppers.set(shopper.userId, [...(shoppers.get(shopper.userId) ?? []), record]);
  }
  return new Map(
    [...shoppers].map(([shopper, records]) => {
      const seen = new Set<string>();
      const distinct = records.filter((record) => {
        const { messageId } = JSON.parse(String(record.value)) as Call;
        if (seen.has(messageId)) return false;
        seen.add(messageId);
        return true;
      });
      const history = distinct
        .map((record, order) => {
          const call = JSON.parse(String(record.value)) as Call;
          return {
            order,
            itemHash: itemHash(TENANT, call.properties.product_id as never),
            action: ACTIONS[call.event] ?? 0,
            timeSeconds: Math.floor(Math.min(Date.parse(call.timestamp), record.appendedAt) / 1_000),
          };
        })
        .sort((a, b) => a.timeSeconds - b.timeSeconds || a.order - b.order)
        .slice(-HISTORY_LENGTH)
        .map(({ itemHash, action, timeSeconds }) => ({ itemHash, action, timeSeconds }));
      const last = distinct.at(-1);
      if (last === undefined) throw new Error(`${shopper} has no event`);
      return [shopper, { history, events: distinct.length, last }];
    }),
  );
};

export interface SeenOffer {
  readonly id: string;
  readonly revision: number;
  readonly subject: string;
  readonly placement: string;
  readonly strategies: readonly string[];
  readonly version: string;
  readonly causeMessageId: string;
  readonly bytes: string;
}

/** Every offer on the topic, in the order of each shopper's partition. */
export const readOffers = async (line: Line): Promise<readonly SeenOffer[]> =>
  (await readAll(line.kafka, line.topic('offers'))).map((record) => {
    const bytes = String(record.value);
    const offer = JSON.parse(bytes) as {
      id: string;
      revision: number;
      subject: string;
      placement: string;
      items: { strategy: string }[];
      model: { version: string } | null;
      cause: { messageId: string };
    };
    return {
      id: offer.id,
      revision: offer.revision,
      subject: offer.subject,
      placement: offer.placement,
      strategies: offer.items.map(({ strategy }) => strategy),
      version: offer.model?.version ?? '',
      causeMessageId: offer.cause.messageId,
      bytes,
    };
  });

export const messageIdOf = (record: RawRecord): string => (JSON.parse(String(record.value)) as Call).messageId;
