import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, takeLock } from '@offerstream/infra';
import { TrainError } from './errors.js';

export interface Training {
  /** Of all trainings. */
  readonly folder: string;
  readonly name: string;
  /** Whatever makes it another training: the settings, and what is learned from. */
  readonly content: readonly (string | Uint8Array | Uint32Array)[];
  /** The folder stays when all is done, for the next training with the same content; default false. */
  readonly keep?: boolean;
}

/**
 * Does a training, and whatever is made of its outcome, with a folder of its own for checkpoints, which keeps other processes out. The
 * folder goes when all is done, unless it is to be kept; until then the same training finds it again, however it ended.
 *
 * @throws TrainError `in-use`; `not-finite` where the training says so
 */
export const inTrainingFolder = async <T>(
  { folder, name, content, keep = false }: Training,
  train: (checkpoints: string) => Promise<T>,
): Promise<T> => {
  const hash = createHash('sha256');
  for (const part of content) hash.update(part);
  const path = join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`);
  const file = join(path, 'lock');
  const lock = takeLock(file);
  if (!lock.ok) {
    const { pid, host } = lock.holder;
    throw new TrainError(
      'in-use',
      true,
      `Process ${pid} on ${host} runs this training. Wait for it, or stop it. (If you know that it is gone, delete ${file}.)`,
    );
  }
  try {
    const outcome = await train(path);
    if (keep) lock.release();
    else await rm(path, { recursive: true });
    return outcome;
  } catch (error) {
    lock.release();
    throw error instanceof Error && hasCode(error, 'not-finite') ? notFinite(error, path) : error;
  }
};

/** What came to no number is in the first sentence, with its step. */
const notFinite = (error: Error, checkpoints: string): TrainError =>
  new TrainError(
    'not-finite',
    false,
    `Training stopped at ${error.message.split('. ')[0] ?? ''}. What was saved before is in ${checkpoints}. A lower --learning-rate begins anew.`,
    { cause: error },
  );
