import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import { LearningError } from './errors.js';
import { RESULTS } from './retrieval-graph.js';
import type { TrainedModel } from './trained-model.js';

/** Name of a tenant's model of a family in the repository, for example `demo.behaviour`. */
export const modelName = (tenant: string, family: string): string => `${tenant}.${family}`;

export interface StoredModel {
  readonly name: string;
  readonly version: string;
  /** Folder of the version. */
  readonly path: string;
}

const NAME = /^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$/;
const VERSION = /^[1-9][0-9]*$/;
const CONFIG = 'config.pbtxt';
const UNFINISHED = '.unfinished-';

/**
 * Writes a trained model as the next version of its name, in Triton's repository layout. The version's folder appears complete
 * or not at all: it is written under another name, flushed, and renamed.
 *
 * @throws {LearningError} `repository-name`
 */
export const storeModel = async (repository: string, trained: TrainedModel): Promise<StoredModel> => {
  const name = modelName(trained.tenant, trained.family);
  if (!NAME.test(name))
    throw new LearningError('repository-name', `"${name}" can't be a folder: expected tenant.family`);
  const folder = join(repository, name);
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(folder, UNFINISHED));
  try {
    await trained.model.writeTo(join(unfinished, 'model.onnx'));
    await writeFlushed(join(unfinished, 'metrics.json'), `${JSON.stringify(trained.metrics, null, 2)}\n`);
    await writeFlushed(join(unfinished, 'card.md'), trained.card);
    // The configuration belongs to the name, not to the version: it is put in place whole, over the last one.
    await writeFlushed(join(unfinished, CONFIG), tritonConfig(name));
    await rename(join(unfinished, CONFIG), join(folder, CONFIG));
    await flush(unfinished);
    return await renameToNextVersion(folder, unfinished, name);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
};

/** Deletes all but the newest `keep` versions, and never those of `except`. Gives back the deleted ones. */
export const pruneVersions = async (
  repository: string,
  name: string,
  keep: number,
  except: readonly string[] = [],
): Promise<readonly string[]> => {
  const versions = await versionsOf(join(repository, name));
  const old = versions.slice(0, Math.max(0, versions.length - keep)).filter((version) => !except.includes(version));
  for (const version of old) {
    // Renamed first, so that no reader finds a version with half of its files.
    const leaving = join(repository, name, `${UNFINISHED}${version}-leaving`);
    await rename(join(repository, name, version), leaving);
    await rm(leaving, { recursive: true });
  }
  return old;
};

/** Versions in a model's folder, oldest first. */
const versionsOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((entry) => VERSION.test(entry)).sort((a, b) => Number(a) - Number(b));

const renameToNextVersion = async (folder: string, unfinished: string, name: string): Promise<StoredModel> => {
  for (;;) {
    const version = String(Number((await versionsOf(folder)).at(-1) ?? 0) + 1);
    const path = join(folder, version);
    try {
      await rename(unfinished, path);
    } catch (error) {
      // Somebody else took the number: a folder with files is never replaced by a rename.
      if (isTaken(error)) continue;
      throw error;
    }
    await flush(folder);
    return { name, version, path };
  }
};

const isTaken = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
};

const writeFlushed = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Makes the names in a folder survive a loss of power. */
const flush = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** `ModelConfig` of Triton's model_config.proto. Batches are the graph's own first dimension (`max_batch_size: 0`). */
const tritonConfig = (name: string): string => {
  const input = (tensor: string, type: string, dims: string, optional: boolean): string =>
    `  { name: "${tensor}" data_type: ${type} dims: [ ${dims} ]${optional ? ' optional: true' : ''} }`;
  return `name: "${name}"
backend: "onnxruntime"
max_batch_size: 0
input [
${[
  input(RETRIEVAL_INPUTS.historyItems, 'TYPE_INT64', '-1, -1', false),
  input(RETRIEVAL_INPUTS.historyActions, 'TYPE_INT64', '-1, -1', false),
  input(RETRIEVAL_INPUTS.historyAges, 'TYPE_FP32', '-1, -1', false),
  input(RETRIEVAL_INPUTS.contextItems, 'TYPE_INT64', '-1, -1', true),
  input(RETRIEVAL_INPUTS.excludeItems, 'TYPE_INT64', '-1, -1', true),
  input(RETRIEVAL_INPUTS.blockedItems, 'TYPE_INT64', '-1', true),
].join(',\n')}
]
output [
  { name: "${RETRIEVAL_OUTPUTS.userVector}" data_type: TYPE_FP32 dims: [ -1, -1 ] },
  { name: "${RETRIEVAL_OUTPUTS.items}" data_type: TYPE_INT64 dims: [ -1, ${RESULTS} ] },
  { name: "${RETRIEVAL_OUTPUTS.scores}" data_type: TYPE_FP32 dims: [ -1, ${RESULTS} ] }
]
version_policy: { all { } }
`;
};
