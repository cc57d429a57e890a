import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listModels, pruneVersions } from '@offerstream/learning';
import { z } from 'zod';

/** The newest of them stay. */
const KEPT = 3;

const metricsSchema = z.looseObject({ extends: z.string().optional() });

/**
 * Deletes old versions that were made of others by placing items. Those that were trained stay, and the newest.
 *
 * @param base of the one that serves; stays, too: whoever has not heard of the promotion yet asks for it
 */
export const pruneMadeVersions = async (
  repository: string,
  name: string,
  { serving, base }: { readonly serving: string; readonly base: string },
): Promise<void> => {
  const trained: string[] = [];
  const made: string[] = [];
  for (const version of (await listModels(repository)).get(name) ?? [])
    ((await isMade(join(repository, name, version))) ? made : trained).push(version);
  await pruneVersions(repository, name, 0, [...trained, ...made.slice(-KEPT), base, serving]);
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
