import { createHash } from 'node:crypto';
import { PICTURE_SIDE, type ItemId, type TenantId } from '@offerstream/contracts';
import type { StoredPicture } from '@offerstream/database';
import { normaliseImage } from '@offerstream/vision';

/**
 * What is kept of a photo.
 *
 * @param signal fires when nobody waits for it any more
 * @throws ImageRefusal; the signal's reason
 */
export const pictureOf = async (
  tenant: TenantId,
  item: ItemId,
  photo: Uint8Array,
  signal: AbortSignal,
): Promise<StoredPicture> => {
  const jpeg = Uint8Array.from(await normaliseImage(photo, { longestSide: PICTURE_SIDE, owner: tenant }, signal));
  return { item, jpeg, sha256: sha256Of(jpeg), sourceSha256: sha256Of(photo) };
};

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
