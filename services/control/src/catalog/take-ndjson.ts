import { MEDIA_TYPE, Problem } from '@offerstream/http-api';
import type { FastifyInstance } from 'fastify';

const NDJSON = 'application/x-ndjson';

/** Hands a body of newline-delimited JSON to the one route that takes it as a stream. */
export const takeNdjsonAsStream = (fastify: FastifyInstance, route: string): void => {
  fastify.addContentTypeParser(NDJSON, (request, payload, done) => {
    if (request.routeOptions.url === route) done(null, payload);
    else done(new Problem(MEDIA_TYPE));
  });
};
