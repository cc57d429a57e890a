import { Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { PICTURE_SIDE, type ItemId, type TenantId } from '@offerstream/contracts';
import { Database, MAX_PICTURES, type PictureInfo, type ShownFetch, type StoredPicture } from '@offerstream/database';
import { Operation, Problem, TheCall, type Call } from '@offerstream/http-api';
import { ImageRefusal } from '@offerstream/vision';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Changes } from '../changes.js';
import {
  catalogQuery,
  FETCH_EXAMPLE,
  fetchPageQuery,
  fetchPageResponse,
  itemPageQuery,
  itemParams,
  PICTURE_EXAMPLE,
  picturePageResponse,
  pictureResponse,
  type CatalogQuery,
  type FetchPageQuery,
  type ItemPageQuery,
  type ItemParams,
} from './catalog-schemas.js';
import { itemUnknown, NO_PHOTO, photoRefused, pictureUnknown, tooManyPictures } from './catalog-problems.js';
import { pictureOf, sha256Of } from './picture-of.js';
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
    if (known?.sourceSha256 === sha256Of(body)) return known;
    const { jpeg, ...picture } = await normalised(tenant, id, body, call.signal);
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

  @Get('picture-fetches')
  @Operation({
    id: 'listPictureFetches',
    tag: 'catalog',
    summary: 'What became of the pictures that items name by URL, by id.',
    description:
      'Only what is `waiting` is fetched: from the hosts that the tenant allows (`pictureHosts`), and again after a while where the failure may pass. What has `failed` is tried again when the item is sent again.',
    scope: 'catalog:read',
    response: fetchPageResponse,
    example: { fetches: [FETCH_EXAMPLE] },
  })
  async listFetches(@Query({ schema: fetchPageQuery }) { tenant, after, limit, status }: FetchPageQuery) {
    const { fetches, next } = await this.database.pictureFetches.list(tenant, { after, limit, status });
    return { fetches: fetches.map(shownFetch), next };
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
    const [item, fetch] = await Promise.all([
      this.database.items.get(tenant, id),
      this.database.pictureFetches.get(tenant, id),
    ]);
    return item === undefined ? itemUnknown(tenant, id) : pictureUnknown(tenant, id, fetch);
  }
}

const shownFetch = ({ failure, due, ...fetch }: ShownFetch) => ({
  ...fetch,
  ...(failure && { failure }),
  ...(due && { dueAt: due.toISOString() }),
});

const normalised = async (...photo: Parameters<typeof pictureOf>): Promise<StoredPicture> => {
  try {
    return await pictureOf(...photo);
  } catch (error) {
    throw error instanceof ImageRefusal ? photoRefused(error) : error;
  }
};
