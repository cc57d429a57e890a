import { createHash } from 'node:crypto';
import type { TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { patiently, type OnWaiting } from '../line/patiently.js';

/** A picture that is to be an item's. */
export interface PictureSource {
  readonly item: string;
  /** How people know it. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

export interface RefusedPicture {
  readonly name: string;
  readonly code: string;
  readonly reason: string;
}

export interface SentPictures {
  readonly sent: number;
  /** Were there already. */
  readonly same: number;
  readonly refused: readonly RefusedPicture[];
}

export interface SendPicturesOptions {
  readonly control: Pick<ControlClient, 'putPicture'>;
  readonly tenant: TenantId;
  /** Of the items that have a picture, the hash of what it was made from: the same is not sent again. */
  readonly known: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly onWaiting: OnWaiting;
  /** Told after each. */
  readonly onProgress?: (done: number) => void;
}

/** The back office decodes two at a time; a third is on its way meanwhile. */
const SIDE_BY_SIDE = 3;

/**
 * Sends pictures, a few side by side, and waits where the back office is away or busy. One that it refuses is told in the end and
 * stops no other.
 *
 * @throws ControlError where all of them would be refused; the signal's reason when it aborts
 */
export const sendPictures = async (
  pictures: Iterable<PictureSource>,
  { control, tenant, known, signal, onWaiting, onProgress = () => undefined }: SendPicturesOptions,
): Promise<SentPictures> => {
  const refused: RefusedPicture[] = [];
  let done = 0;
  let same = 0;
  const left = pictures[Symbol.iterator]();
  const sendOnes = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const { item, name, read } = next.value;
      try {
        const photo = await read();
        if (known.get(item) === sha256(photo)) same++;
        else await patiently(() => control.putPicture(tenant, item, photo), { signal, onWaiting, isFinal });
      } catch (error) {
        if (!isOfThisOne(error)) throw error;
        refused.push({ name, code: error.code, reason: error.message });
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, sendOnes));
  return { sent: done - same - refused.length, same, refused };
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const isFinal = (error: Error): boolean => !(error instanceof ControlError && error.canRetry);

/** The item is not there, or the photo is none. */
const isOfThisOne = (error: unknown): error is ControlError =>
  error instanceof ControlError &&
  (['item-unknown', 'invalid', 'too-large'].includes(error.code) || error.code.startsWith('image-'));
