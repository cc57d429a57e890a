import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BadRequestException, PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';
import { MAX_BATCH_BYTES } from '@offerstream/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const decompress = promisify(gunzip);

/**
 * Hands every body to the handlers as bytes, whatever its type says (browsers send `text/plain` to spare the preflight
 * request), decompressed up to the limit.
 */
export const takeBodiesAsBytes = (fastify: FastifyInstance): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BATCH_BYTES }, readBody);
};

const readBody = async (request: FastifyRequest, body: string | Buffer): Promise<Buffer> => {
  const bytes = body as Buffer;
  switch (request.headers['content-encoding']?.toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return bytes;
    case 'gzip':
    case 'x-gzip':
      return unpack(bytes);
    default:
      throw new UnsupportedMediaTypeException('Content-Encoding must be gzip or left out.');
  }
};

const unpack = async (bytes: Buffer): Promise<Buffer> => {
  try {
    return await decompress(bytes, { maxOutputLength: MAX_BATCH_BYTES });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? new PayloadTooLargeException(`The unpacked body has more than ${MAX_BATCH_BYTES} bytes.`, { cause: error })
      : new BadRequestException('The body is not gzip.', { cause: error });
  }
};
