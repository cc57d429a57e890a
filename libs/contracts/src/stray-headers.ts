import type { KafkaHeaders } from './cloud-events.js';
import { leavingOut, wholeNumber, type ReadHeaders } from './header-values.js';

/**
 * Headers of a `clickstream` record that was sent home: where its event first came onto the topic. All copies of one event say
 * the same, also one that had to be sent on again because the topic grew.
 */
export const STRAY_HEADERS = {
  partition: 'stray-partition',
  offset: 'stray-offset',
  /** Append time in ms since 1970. */
  timestamp: 'stray-timestamp',
} as const;

/** Where an event first came onto the topic, before it was sent home. */
export interface StrayOrigin {
  readonly partition: number;
  readonly offset: number;
  /** When the broker took it there, in ms since 1970. */
  readonly appendedAt: number;
}

const MAX_PARTITION = 2 ** 31 - 1;

export const strayHeaders = ({ partition, offset, appendedAt }: StrayOrigin): KafkaHeaders => ({
  [STRAY_HEADERS.partition]: String(partition),
  [STRAY_HEADERS.offset]: String(offset),
  [STRAY_HEADERS.timestamp]: String(appendedAt),
});

/**
 * Reads what {@link strayHeaders} wrote. Whoever may write to the topic may write these headers too, so they only ever decide
 * about the very subject whose record carries them; an origin that is not whole is none, and one that claims a later time than
 * its copy's has the copy's.
 *
 * @param appendedAt when the broker took this copy, in ms since 1970
 */
export const readStrayOrigin = (headers: ReadHeaders, appendedAt: number): StrayOrigin | undefined => {
  const partition = wholeNumber(headers[STRAY_HEADERS.partition]);
  if (partition === undefined || partition > MAX_PARTITION) return undefined;
  const offset = wholeNumber(headers[STRAY_HEADERS.offset]);
  const timestamp = wholeNumber(headers[STRAY_HEADERS.timestamp]);
  if (offset === undefined || timestamp === undefined) return undefined;
  return { partition, offset, appendedAt: Math.min(timestamp, appendedAt) };
};

/** The headers with which a record came before it was sent home. */
export const withoutStrayHeaders = leavingOut(Object.values(STRAY_HEADERS));
