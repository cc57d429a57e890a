import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '@offerstream/infra';
import { TrainError } from '../train/errors.js';

/** Where a training keeps its checkpoints until it has ended. Another text, or other settings, are another training. */
export class TrainingFolder {
  private constructor(
    readonly path: string,
    readonly release: () => void,
  ) {}

  /**
   * Opens the folder of a training, and keeps other processes out of it.
   *
   * @param folder of all trainings
   * @param content whatever makes it another training: what is learned from, and the settings
   * @throws TrainError `in-use`
   */
  static open(folder: string, name: string, content: readonly (string | Uint32Array)[]): TrainingFolder {
    const hash = createHash('sha256');
    for (const part of content) hash.update(part);
    const path = join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`);
    const lock = takeLock(join(path, 'lock'));
    if (lock.ok) return new TrainingFolder(path, lock.release);
    const { pid, host } = lock.holder;
    throw new TrainError('in-use', true, `Process ${pid} on ${host} runs this training. Wait for it, or stop it.`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
