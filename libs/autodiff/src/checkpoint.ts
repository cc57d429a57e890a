import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { tensorBytes, tensorFromBytes, type Tensors } from '@offerstream/onnx-runtime';
import { AutodiffError } from './errors.js';

/** Everything from which training goes on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Parameters, moments and what is carried, by name, float32. */
  readonly tensors: Tensors;
  /** What the program that trains wants back: its position in the data, the state of its random numbers. JSON. */
  readonly progress: unknown;
}

/**
 * The file: these 8 bytes; format version and length of the header, uint32; the header, JSON; the tensors' float32 one after the other;
 * SHA-256 of all of that. Little-endian.
 */
const MAGIC = Buffer.from('OSTRAIN\n');
const VERSION = 1;
const HEADER_AT = MAGIC.length + 8;
const HASH_BYTES = 32;

interface Header {
  readonly step: number;
  readonly progress: unknown;
  readonly tensors: readonly { readonly name: string; readonly dims: readonly number[] }[];
}

/**
 * Writes a checkpoint in the place of the one before, which stays as it is until the new one is whole and on the disk. One writer a path.
 *
 * @throws {AutodiffError} `checkpoint-unwritable`
 */
export const writeCheckpoint = async (path: string, { step, tensors, progress }: Checkpoint): Promise<void> => {
  const entries = Object.entries(tensors);
  const header = Buffer.from(
    JSON.stringify({ step, progress, tensors: entries.map(([name, { dims }]) => ({ name, dims })) } satisfies Header),
  );
  const start = Buffer.alloc(HEADER_AT);
  MAGIC.copy(start);
  start.writeUInt32LE(VERSION, MAGIC.length);
  start.writeUInt32LE(header.length, MAGIC.length + 4);

  const unfinished = `${path}.unfinished`;
  try {
    const hash = createHash('sha256');
    const file = await open(unfinished, 'w');
    try {
      for (const part of [start, header, ...entries.map(([, tensor]) => tensorBytes(tensor))]) {
        hash.update(part);
        await file.writeFile(part);
      }
      await file.writeFile(hash.digest());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new AutodiffError(
      'checkpoint-unwritable',
      `the checkpoint ${path} can't be written (${messageOf(error)}); the one before it is as it was`,
      error,
    );
  }
};

/** @throws {AutodiffError} `checkpoint-unreadable`, `checkpoint-damaged`, `checkpoint-version` */
export const readCheckpoint = async (path: string): Promise<Checkpoint> => {
  const bytes = await read(path);
  const content = bytes.subarray(0, -HASH_BYTES);
  if (content.length < HEADER_AT || !content.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new AutodiffError('checkpoint-damaged', `${path} is not a checkpoint`);
  }
  const version = content.readUInt32LE(MAGIC.length);
  if (version !== VERSION) {
    throw new AutodiffError(
      'checkpoint-version',
      `${path} has the format version ${version}, this program reads ${VERSION}: go on with the program that wrote it, or train anew`,
    );
  }
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(-HASH_BYTES))) {
    throw new AutodiffError('checkpoint-damaged', `${path} is cut short or was changed: use an older checkpoint`);
  }
  const dataAt = HEADER_AT + content.readUInt32LE(MAGIC.length + 4);
  const header = JSON.parse(content.toString('utf8', HEADER_AT, dataAt)) as Header;
  let end = dataAt;
  const tensors = Object.fromEntries(
    header.tensors.map(({ name, dims }) => {
      const from = end;
      end += dims.reduce((product, size) => product * size, 4);
      // Copied, so that no tensor keeps the whole file in memory.
      return [name, tensorFromBytes('float32', dims, new Uint8Array(content.subarray(from, end)))];
    }),
  );
  return { step: header.step, tensors, progress: header.progress };
};

const read = async (path: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (error) {
    throw new AutodiffError('checkpoint-unreadable', `the checkpoint can't be read: ${messageOf(error)}`, error);
  }
};

/** Makes the names in a folder survive a loss of power. */
const flushFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
