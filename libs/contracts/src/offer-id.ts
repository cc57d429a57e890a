import { hash64 } from './item-hash.js';
import type { PlacementId, SubjectId, TenantId } from './ids.js';
import type { Strategy } from './records.js';

/** What reports are grouped by: where an offer was shown and who chose its first item. */
export interface OfferOrigin {
  /** Undefined for items that were asked for without a placement. */
  readonly placement: PlacementId | undefined;
  /** Undefined where the tenant has no model promoted. */
  readonly model: { readonly name: string; readonly version: string } | undefined;
  /** Of the offer's first item: the further ones fill up. */
  readonly strategy: Strategy;
}

/** 32 hexadecimal digits: 16 of the moment, 8 of the subject, 8 of the origin. */
const OFFER_ID = /^[0-9a-f]{32}$/;
const MOMENT_DIGITS = 16;
const CODE_DIGITS = 8;

/**
 * The id of an offer. It says for whom and from where the offer is, so that an outcome that brings it back can be attributed
 * without a memory of all offers: {@link subjectCode} and {@link originCode} are read from it and compared with those of what is
 * known. The same moment, subject and origin give the same id, whoever makes the offer and however often.
 *
 * @param moment what makes the offer one of a kind for its subject and placement: an event's partition and offset, a span of time, or something random
 */
export const offerId = (tenant: TenantId, subject: SubjectId, moment: string, origin: OfferOrigin): string =>
  hex(hash64(`${tenant}:${subject}\0${moment}\0${origin.placement ?? ''}`), MOMENT_DIGITS) +
  subjectCode(tenant, subject) +
  originCode(tenant, origin);

export const isOfferId = (text: string): boolean => OFFER_ID.test(text);

/** @param id one that {@link isOfferId} accepts */
export const codesOfOfferId = (id: string): { readonly subject: string; readonly origin: string } => ({
  subject: id.slice(MOMENT_DIGITS, MOMENT_DIGITS + CODE_DIGITS),
  origin: id.slice(MOMENT_DIGITS + CODE_DIGITS),
});

export const subjectCode = (tenant: TenantId, subject: SubjectId): string =>
  hex(hash64(`${tenant}\0${subject}`), CODE_DIGITS);

/** Another tenant's origin has another code, so an id that was made for one tenant says nothing to another. */
export const originCode = (tenant: TenantId, { placement, model, strategy }: OfferOrigin): string =>
  hex(hash64(`${tenant}\0${placement ?? ''}\0${model?.name ?? ''}\0${model?.version ?? ''}\0${strategy}`), CODE_DIGITS);

/** The lowest bits of a hash. */
const hex = (hash: bigint, digits: number): string =>
  BigInt.asUintN(digits * 4, hash)
    .toString(16)
    .padStart(digits, '0');
