import { invalidRequest } from '@offerstream/http-api';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** A photo that is the whole body; undefined where the body is JSON. */
export const bareBody = ({ body }: FastifyRequest): Uint8Array | undefined =>
  body instanceof Uint8Array ? body : undefined;

/** A JSON body. @throws Problem `invalid` */
export const readBody = <Schema extends z.ZodType>({ body }: FastifyRequest, schema: Schema): z.output<Schema> => {
  const { data, error } = schema.safeParse(body);
  if (error !== undefined) throw invalidRequest(error.issues);
  return data;
};
