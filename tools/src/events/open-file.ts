import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { hasCode } from '@offerstream/infra';
import { HistoryError } from './errors.js';

export interface OpenFile {
  /** Unpacked where the name ends in `.gz`. */
  readonly content: Readable;
  /** SHA-256 of the file as it lies there; known when the content has been read. */
  readonly digest: Hash;
}

/** @throws HistoryError `no-file` */
export const fileSize = async (file: string): Promise<number> => {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  throw new HistoryError('no-file', `There is no file ${file}.`);
};

/** @param onBytes told of what was read of the file itself */
export const openFile = (file: string, onBytes: (bytes: number) => void): OpenFile => {
  const digest = createHash('sha256');
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const bytes = createReadStream(file, { highWaterMark: 256 * 1024 });
  const forward = (from: Readable, to: NodeJS.WritableStream & Readable): Readable => {
    from.once('error', (error) => to.destroy(error));
    return from.pipe(to);
  };
  const raw = forward(bytes, measured);
  return { content: file.endsWith('.gz') ? forward(raw, createGunzip()) : raw, digest };
};
