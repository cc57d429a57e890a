import type { TenantId } from './ids.js';

export const PRETRAINED_TEXT_ENCODER = 'all-minilm-l6-v2';
export const PRETRAINED_IMAGE_ENCODER = 'efficientnet-lite0';

/** Names of the models that a shop's words are looked at with: the first of them that there is. */
export const textEncodersOf = (tenant: TenantId): readonly string[] => [PRETRAINED_TEXT_ENCODER, `${tenant}.encoder`];

/** Name of the image model that was trained on a shop's own photos. */
export const ownImageModelOf = (tenant: TenantId): string => `${tenant}.vision`;

/** Names of the models that a shop's pictures are looked at with: the first of them that there is. */
export const imageEncodersOf = (tenant: TenantId): readonly string[] => [
  ownImageModelOf(tenant),
  PRETRAINED_IMAGE_ENCODER,
];
