import { limitBodies, takeBytes } from '@offerstream/http-api';
import type { FastifyInstance } from 'fastify';
import { PHOTOS_BUSY } from './catalog-problems.js';

/** By the header; what a photo is its content says. */
export const PHOTO_TYPES = ['image/jpeg', 'image/png', 'image/webp'] as const;
export const MAX_PHOTO_BYTES = 16 * 2 ** 20;

/** Of photos that are in memory until they are decoded: as many as decode at a time, and some that wait. */
const MOST_BYTES = 8 * MAX_PHOTO_BYTES;

/** A photo of few bytes may take long to decode: more than that would wait for minutes. */
const MOST_PHOTOS = 64;

/** Hands photos to the operations that take them, as many at a time as memory has room for. */
export const takePhotos = (fastify: FastifyInstance): void => {
  limitBodies(fastify, {
    mostBytes: MOST_BYTES,
    mostBytesOfTenant: MOST_BYTES / 2,
    mostRequests: MOST_PHOTOS,
    mostRequestsOfTenant: MOST_PHOTOS / 2,
    busy: PHOTOS_BUSY,
  });
  takeBytes(fastify, PHOTO_TYPES);
};
