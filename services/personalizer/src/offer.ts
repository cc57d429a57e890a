import { hash128, offerId, type Placement, type SubjectId, type TenantId } from '@offerstream/contracts';
import type { ChosenItem, OfferMessage, PublishableItem, VectorMessage } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';

/** What the offers and vectors of a visit follow. */
export interface Cause {
  readonly record: RawRecord;
  readonly messageId: string;
  readonly timeMs: number;
}

export interface OfferParts {
  readonly tenant: TenantId;
  readonly subject: SubjectId;
  readonly placement: Placement;
  readonly revision: number;
  /** At least one: an offer of nothing is none. */
  readonly items: readonly ChosenItem<PublishableItem>[];
  readonly model: { readonly name: string; readonly version: string } | undefined;
  readonly cause: Cause;
}

/** The offer as a message. Written by hand: it is made for every event, and JSON.stringify takes three times as long. */
export const offerMessage = (parts: OfferParts): OfferMessage => {
  const { cause, placement } = parts;
  const [first] = parts.items as readonly [ChosenItem<PublishableItem>];
  const id = offerId(parts.tenant, parts.subject, `${cause.record.partition}:${cause.record.offset}`, {
    placement: placement.id,
    model: parts.model,
    strategy: first.strategy,
  });
  let items = '';
  for (let index = 0; index < parts.items.length; index++) {
    const { item, score, strategy } = parts.items[index] as ChosenItem<PublishableItem>;
    items += `${index === 0 ? '' : ','}{"item":${item.json},"rank":${index + 1},"score":${shortNumber(score)},"strategy":"${strategy}"}`;
  }
  const model =
    parts.model === undefined
      ? 'null'
      : `{"name":${JSON.stringify(parts.model.name)},"version":${JSON.stringify(parts.model.version)}}`;
  const validUntilMs = cause.record.appendedAt + placement.validitySeconds * 1_000;
  const value =
    `{"id":"${id}","revision":${parts.revision},"tenant":"${parts.tenant}","subject":${JSON.stringify(parts.subject)},` +
    `"placement":"${placement.id}","items":[${items}],"model":${model},` +
    `"cause":{"messageId":${JSON.stringify(cause.messageId)},"eventTime":"${new Date(cause.timeMs).toISOString()}"},` +
    `"validUntil":"${new Date(validUntilMs).toISOString()}"}`;
  const terms = { validUntilMs, items: parts.items.map(({ item }) => item.hash) };
  return { topic: 'offers', id, timeMs: cause.timeMs, value: Buffer.from(value), terms };
};

export interface VectorParts {
  readonly tenant: TenantId;
  readonly subject: SubjectId;
  readonly model: { readonly name: string; readonly version: string };
  readonly revision: number;
  /** [d] */
  readonly vector: Float32Array;
  readonly cause: Cause;
}

/** The shopper's vector as a message. */
export const vectorMessage = ({ tenant, subject, model, revision, vector, cause }: VectorParts): VectorMessage => {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  const value =
    `{"tenant":"${tenant}","subject":${JSON.stringify(subject)},"model":{"name":${JSON.stringify(model.name)},` +
    `"version":${JSON.stringify(model.version)}},"revision":${revision},"vector":"${bytes.toString('base64')}","updatedAt":"${new Date(cause.record.appendedAt).toISOString()}"}`;
  return {
    topic: 'user-vectors',
    model: model.name,
    id: hash128(`${tenant}:${subject}\0${cause.record.partition}\0${cause.record.offset}\0vector:${model.name}`),
    timeMs: cause.timeMs,
    value: Buffer.from(value),
  };
};

/** Six decimals: more than a float32 score is good for at its usual size, and a third of the digits. */
const shortNumber = (value: number): string => String(Math.round(value * 1e6) / 1e6);
