import { createHash } from 'node:crypto';
import { Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { PICTURE_SIDE, type ItemId, type TenantId } from '@offerstream/contracts';
import { Database, MAX_PICTURES, type PictureInfo } from '@offerstream/database';
import { Operation, Problem, TheCall, type Call } from '@offerstream/http-api';
import { ImageRefusal, normaliseImage } from '@offerstream/vision';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Changes } from '../changes.js';
import {
  catalogQuery,
  itemPageQuery,
  itemParams,
  PICTURE_EXAMPLE,
  picturePageResponse,
  pictureResponse,
  type CatalogQuery,
  type ItemPageQuery,
  type ItemParams,
} from './catalog-schemas.js';
import { itemUnknown, NO_PHOTO, photoRefused, pictureUnknown, tooManyPictures } from './catalog-problems.js';
import { MAX_PHOTO_BYTES, PHOTO_TYPES } from './take-photos.js';

@Controller('v1/catalog')
export class PicturesController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  @Put('items/:id/picture')
  @Operation({
    id: 'putPicture',
    tag: 'catalog',
    summary: 'Gives an item a picture, or another one.',
    description: `The body is a photo as it is. Kept and published is a JPEG without metadata, of at most ${PICTURE_SIDE} pixels a side. What is the same already stays as it is, so a request may be repeated.`,
    scope: 'catalog:write',
    response: pictureResponse,
    bodies: Object.fromEntries(PHOTO_TYPES.map((type) => [type, z.string()])),
    maxBodyBytes: MAX_PHOTO_BYTES,
    problems: {
      400: ['no-photo', 'image-empty', 'image-unreadable', 'image-too-slow'],
      404: ['item-unknown'],
      409: ['too-many-pictures'],
      413: ['image-too-large'],
      415: ['image-type'],
      429: ['photos-busy'],
    },
    example: PICTURE_EXAMPLE,
  })
  async put(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
    @Req() { body }: FastifyRequest,
    @TheCall() call: Call,
  ): Promise<PictureInfo> {
    // Before anything is decoded.
    if ((await this.database.items.get(tenant, id)) === undefined) throw itemUnknown(tenant, id);
    if (!(body instanceof Uint8Array)) throw NO_PHOTO;
    const known = await this.database.pictures.info(tenant, id);
    const sourceSha256 = sha256Of(body);
    if (known?.sourceSha256 === sourceSha256) return known;
    const jpeg = await normalised(body, tenant, call.signal);
    const picture = { item: id, sha256: sha256Of(jpeg), sourceSha256 };
    await this.changes.make(call, async (change) => {
      const put = await this.database.pictures.put(change, tenant, { ...picture, jpeg });
      if (put === 'item-unknown') throw itemUnknown(tenant, id);
      if (put === 'too-many') throw tooManyPictures(tenant, MAX_PICTURES);
    });
    return picture;
  }

  @Get('items/:id/picture')
  @Operation({
    id: 'getPicture',
    tag: 'catalog',
    summary: 'How an item looks.',
    scope: 'catalog:read',
    response: z.instanceof(Uint8Array),
    responseType: 'image/jpeg',
    problems: { 404: ['item-unknown', 'picture-unknown'] },
  })
  async get(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
  ): Promise<Uint8Array> {
    const jpeg = await this.database.pictures.get(tenant, id);
    if (jpeg === undefined) throw await this.missing(tenant, id);
    return jpeg;
  }

  @Get('pictures')
  @Operation({
    id: 'listPictures',
    tag: 'catalog',
    summary: 'Which items have a picture, by id.',
    scope: 'catalog:read',
    response: picturePageResponse,
    example: { pictures: [PICTURE_EXAMPLE] },
  })
  list(@Query({ schema: itemPageQuery }) { tenant, after, limit }: ItemPageQuery) {
    return this.database.pictures.list(tenant, { after, limit });
  }

  @Delete('items/:id/picture')
  @Operation({
    id: 'removePicture',
    tag: 'catalog',
    summary: 'Takes the picture of an item away.',
    scope: 'catalog:write',
    response: null,
    problems: { 404: ['item-unknown', 'picture-unknown'] },
  })
  async remove(
    @Param({ schema: itemParams }) { id }: ItemParams,
    @Query({ schema: catalogQuery }) { tenant }: CatalogQuery,
    @TheCall() call: Call,
  ): Promise<void> {
    const { answer: removed } = await this.changes.make(call, (change) =>
      this.database.pictures.remove(change, tenant, id),
    );
    if (!removed) throw await this.missing(tenant, id);
  }

  private async missing(tenant: TenantId, id: ItemId): Promise<Problem> {
    const item = await this.database.items.get(tenant, id);
    return item === undefined ? itemUnknown(tenant, id) : pictureUnknown(tenant, id);
  }
}

const normalised = async (
  photo: Uint8Array,
  tenant: TenantId,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> => {
  try {
    return Uint8Array.from(await normaliseImage(photo, { longestSide: PICTURE_SIDE, owner: tenant }, signal));
  } catch (error) {
    throw error instanceof ImageRefusal ? photoRefused(error) : error;
  }
};

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
