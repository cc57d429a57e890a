import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explanationModel } from '@offerstream/contracts';
import { hasCode } from '@offerstream/infra';
import { listModels } from '@offerstream/learning';
import { ModelsError } from './errors.js';
import { makerOf } from './model-source.js';

/** A version in the repository. */
export interface ListedVersion {
  readonly name: string;
  readonly version: string;
  /** All of its files, those of what explains it, too. */
  readonly sizeBytes: number;
  readonly madeBy: string;
}

/** Every version of every model, by name, oldest first. */
export const readVersions = async (repository: string): Promise<readonly ListedVersion[]> => {
  const listed: ListedVersion[] = [];
  for (const [name, versions] of await listModels(repository)) {
    for (const version of versions) {
      const folder = join(repository, name, version);
      const sizes = await Promise.all([folder, join(repository, explanationModel(name), version)].map(sizeOf));
      listed.push({
        name,
        version,
        sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
        madeBy: makerOf(await readMetrics(folder)),
      });
    }
  }
  return listed;
};

export interface ModelCard {
  readonly name: string;
  readonly version: string;
  /** Markdown */
  readonly card: string;
  /** Undefined where the version has none. */
  readonly metrics: unknown;
}

/** The card of a version, by default the newest. @throws ModelsError `no-such-version` */
export const readCard = async (repository: string, name: string, version?: string): Promise<ModelCard> => {
  const [wanted = ''] = (await versionsToUse(repository, name, version)).slice(-1);
  const folder = join(repository, name, wanted);
  const card = (await ifThere(readFile(join(folder, 'card.md'), 'utf8'))) ?? `# ${name}\n\nIt has no card.\n`;
  return { name, version: wanted, card, metrics: await readMetrics(folder) };
};

/** The named version, or all of a model, oldest first. @throws ModelsError `no-such-version` */
export const versionsToUse = async (
  repository: string,
  name: string,
  version: string | undefined,
): Promise<readonly string[]> => {
  const models = await listModels(repository);
  const versions = models.get(name);
  if (versions === undefined) {
    const names = [...models.keys()].join(', ') || 'none';
    throw new ModelsError('no-such-version', false, `There is no model ${name} in ${repository}; there are: ${names}.`);
  }
  if (version === undefined) return versions;
  if (versions.includes(version)) return [version];
  throw new ModelsError(
    'no-such-version',
    false,
    `There is no version ${version} of ${name} in ${repository}; there are: ${versions.join(', ')}.`,
  );
};

const sizeOf = async (folder: string): Promise<number> => {
  if (!existsSync(folder)) return 0;
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

const readMetrics = async (folder: string): Promise<unknown> => {
  const text = await ifThere(readFile(join(folder, 'metrics.json'), 'utf8'));
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Somebody's own file; nothing is read from it.
    return undefined;
  }
};

const ifThere = async (read: Promise<string>): Promise<string | undefined> => {
  try {
    return await read;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};
