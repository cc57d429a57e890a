import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listModels, pruneVersions } from '@offerstream/learning';
import { z } from 'zod';

/** The newest ones stay: whoever has not heard of the promotion yet asks for the one before. */
const KEPT = 3;

const metricsSchema = z.looseObject({ extends: z.string().optional() });

/**
 * Deletes old versions that were made of others by placing items. Those that were trained stay, and the newest.
 *
 * @param serving stays, too
 */
export const pruneMadeVersions = async (repository: string, name: string, serving: string): Promise<void> => {
  const stay = [serving];
  for (const version of (await listModels(repository)).get(name) ?? []) {
    if (!(await isMade(join(repository, name, version)))) stay.push(version);
  }
  await pruneVersions(repository, name, KEPT, stay);
};

/** One that can't be read is somebody else's. */
const isMade = async (folder: string): Promise<boolean> => {
  try {
    const metrics = metricsSchema.parse(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')));
    return metrics.extends !== undefined;
  } catch {
    return false;
  }
};
