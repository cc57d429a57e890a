import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LanguageError } from '../errors.js';
import type { EncoderTokenizer } from './encoder-tokenizer.js';
import { PretrainedTokenizer } from './pretrained-tokenizer.js';
import { TrainedTokenizer } from './trained-tokenizer.js';

/** Files that say how an encoder's texts are read, by what reads them: a pretrained encoder has the first, one trained here the second. */
const READERS: Readonly<Record<string, (json: string, path: string) => EncoderTokenizer>> = {
  'tokenizer.json': (json, path) => PretrainedTokenizer.parse(json, path),
  'encoder.json': (json, path) => TrainedTokenizer.parse(json, path),
};

/**
 * The tokenizer that lies beside a sentence encoder.
 *
 * @param folder of a version in the model repository
 * @throws {LanguageError} `model-unusable`, `file-unreadable`
 */
export const readEncoderTokenizer = async (folder: string): Promise<EncoderTokenizer> => {
  for (const [file, read] of Object.entries(READERS)) {
    const json = await readIfThere(join(folder, file));
    if (json !== undefined) return read(json, join(folder, file));
  }
  throw new LanguageError(
    'model-unusable',
    `${folder} has neither ${Object.keys(READERS).join(' nor ')}: no text can be read for this model; add it again, or train it.`,
  );
};

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new LanguageError('file-unreadable', `${path} can't be read: ${message}`, error);
  }
};
