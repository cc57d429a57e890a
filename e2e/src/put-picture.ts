import { jpegOf } from '@offerstream/vision';
import { TENANT } from './line.js';
import type { ServedApi } from './serving.js';

/** Gives an item of the tenant a picture of one colour. */
export const putPicture = async ({ url, token }: ServedApi, item: string): Promise<void> => {
  const photo = await jpegOf({ width: 1, height: 1, data: Uint8Array.of(200, 60, 40) });
  const response = await fetch(new URL(`/v1/catalog/items/${item}/picture?tenant=${TENANT}`, url), {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'image/jpeg' },
    body: Uint8Array.from(photo),
  });
  if (!response.ok) throw new Error(`The picture was answered with ${response.status}: ${await response.text()}`);
};
