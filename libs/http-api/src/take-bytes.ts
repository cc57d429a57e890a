import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';
import { MEDIA_TYPE } from './problems.js';

/** Hands bodies of these content types, as they are, to the operations that name them in their `bodies`. */
export const takeBytes = (fastify: FastifyInstance, types: readonly string[]): void => {
  for (const type of types)
    fastify.addContentTypeParser(type, { parseAs: 'buffer' }, ({ routeOptions }, body, done) => {
      if (routeOptions.config.operation?.bodies?.[type] === undefined) done(new Problem(MEDIA_TYPE));
      else done(null, body);
    });
};
