import { readFile, stat } from 'node:fs/promises';
import { OnnxFileError } from '../errors.js';

export interface ModelFileOptions {
  /** Larger files are refused; default 1 GiB. Every session that serves the model holds its weights. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 30;

/** The bytes of a model's file. @throws {OnnxFileError} `unreadable`, `too-large` */
export const readModelFile = async (
  path: string,
  { maxBytes = DEFAULT_MAX_BYTES }: ModelFileOptions = {},
): Promise<Uint8Array> => {
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path);
    throw new OnnxFileError('too-large', `${path} has ${size} bytes, and at most ${maxBytes} are taken.`);
  } catch (error) {
    if (error instanceof OnnxFileError) throw error;
    throw new OnnxFileError('unreadable', `${path} can't be read: ${(error as Error).message}`, error);
  }
};
