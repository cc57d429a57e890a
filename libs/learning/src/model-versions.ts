import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explanationModel, MODEL_NAME_PATTERN } from '@offerstream/contracts';
import type { OnnxModel } from '@offerstream/onnx';
import { LearningError } from './errors.js';
import { tritonConfig, type TensorConfig } from './triton-config.js';
import { nextVersion, removeVersionFolder, UnfinishedVersion, versionsOf } from './version-folder.js';

export interface VersionContents {
  /** Absent for a model that others than inference use. */
  readonly served?: {
    readonly model: OnnxModel;
    readonly inputs: readonly TensorConfig[];
    readonly outputs: readonly TensorConfig[];
  };
  /** Further files by name, `card.md` and `metrics.json` among them. */
  readonly beside: Readonly<Record<string, string | Uint8Array>>;
}

export interface StoredVersion {
  readonly name: string;
  readonly version: string;
  /** Folder of the version. */
  readonly path: string;
}

/**
 * Writes any model as the next version of a name, complete or not at all.
 *
 * @throws {LearningError} `repository-name`
 */
export const storeVersion = async (
  repository: string,
  name: string,
  { served, beside }: VersionContents,
): Promise<StoredVersion> => {
  assertName(name);
  const unfinished = new UnfinishedVersion(repository, name);
  try {
    await unfinished.write(
      served && { graph: served.model, config: tritonConfig(name, served.inputs, served.outputs) },
      beside,
    );
    for (;;) {
      const version = await nextVersion(unfinished.folder);
      if (await unfinished.rename(version)) return { name, version, path: unfinished.path };
    }
  } catch (error) {
    await unfinished.remove();
    throw error;
  }
};

const EXPLANATION = explanationModel('');

/** A name of that kind would be taken for what explains another model, and go with it. */
const assertName = (name: string): void => {
  if (MODEL_NAME_PATTERN.test(name) && !name.startsWith('.') && !name.endsWith(EXPLANATION)) return;
  throw new LearningError(
    'repository-name',
    `"${name}" can't name a model: take 1 to 100 letters, digits, dots, dashes and underscores, no dot at the start and no "${EXPLANATION}" at the end.`,
  );
};

/** The models of a repository with their versions, oldest first; what explains a model counts as a part of it. */
export const listModels = async (repository: string): Promise<ReadonlyMap<string, readonly string[]>> => {
  const entries = existsSync(repository) ? await readdir(repository, { withFileTypes: true }) : [];
  const names = entries
    .filter((entry) => entry.isDirectory() && MODEL_NAME_PATTERN.test(entry.name) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  const models = new Map<string, readonly string[]>();
  for (const name of names.filter((candidate) => !candidate.endsWith(EXPLANATION))) {
    const versions = await versionsOf(join(repository, name));
    if (versions.length > 0) models.set(name, versions);
  }
  return models;
};

/** Deletes a version, and what explains it. @throws {LearningError} `repository-name`, `unknown-version` */
export const removeVersion = async (repository: string, name: string, version: string): Promise<void> => {
  assertName(name);
  const versions = await versionsOf(join(repository, name));
  if (!versions.includes(version)) {
    throw new LearningError(
      'unknown-version',
      `There is no version ${version} of ${name} in ${repository}; there are ${versions.join(', ') || 'none'}.`,
    );
  }
  await removeVersionFolder(join(repository, name), version);
  const explanations = join(repository, explanationModel(name));
  if (existsSync(join(explanations, version))) await removeVersionFolder(explanations, version);
};
