import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  EXPLANATION_INPUTS,
  EXPLANATION_OUTPUTS,
  explanationModel,
  RETRIEVAL_INPUTS,
  RETRIEVAL_OUTPUTS,
} from '@offerstream/contracts';
import type { OnnxModel } from '@offerstream/onnx';
import { LearningError } from './errors.js';
import { RESULTS } from './ranker.js';
import type { TrainedModel } from './trained-model.js';

/** Name of a tenant's model of a family in the repository, for example `demo.behaviour`. */
export const modelName = (tenant: string, family: string): string => `${tenant}.${family}`;

export interface StoredModel {
  readonly name: string;
  readonly version: string;
  /** Folder of the version. */
  readonly path: string;
  /** Folder of the same version of the sibling that explains it. */
  readonly explanationPath: string;
}

const NAME = /^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$/;
const VERSION = /^[1-9][0-9]*$/;
const CONFIG = 'config.pbtxt';
const UNFINISHED = '.unfinished-';

/**
 * Writes a trained model as the next version of its name, in Triton's repository layout, and its explanation as the same version of
 * the sibling. Each folder appears complete or not at all: it is written under another name, flushed, and renamed. The explanation
 * comes first, so that whoever sees the model's version can ask why.
 *
 * @throws {LearningError} `repository-name`
 */
export const storeModel = async (repository: string, trained: TrainedModel): Promise<StoredModel> => {
  const name = modelName(trained.tenant, trained.family);
  if (!NAME.test(name))
    throw new LearningError('repository-name', `"${name}" can't be a folder: expected tenant.family`);
  const model = new UnfinishedVersion(repository, name);
  const explanation = new UnfinishedVersion(repository, explanationModel(name));
  try {
    await explanation.write(trained.explanation, explanationConfig(explanation.name));
    await model.write(trained.model, retrievalConfig(name), {
      'metrics.json': `${JSON.stringify(trained.metrics, null, 2)}\n`,
      'card.md': trained.card,
    });
    for (;;) {
      const taken = [...(await versionsOf(model.folder)), ...(await versionsOf(explanation.folder))];
      const version = String(Math.max(0, ...taken.map(Number)) + 1);
      if (!(await explanation.rename(version))) continue;
      if (await model.rename(version)) return { name, version, path: model.path, explanationPath: explanation.path };
      // Somebody else's version has the number; the explanation moves on with the next.
    }
  } catch (error) {
    await model.remove();
    await explanation.remove();
    throw error;
  }
};

/** Deletes a version and its explanation. */
export const removeModel = async ({ path, explanationPath }: StoredModel): Promise<void> => {
  await removeFolder(path);
  await removeFolder(explanationPath);
};

/** Deletes all but the newest `keep` versions, and never those of `except`, with their explanations. Gives back the deleted ones. */
export const pruneVersions = async (
  repository: string,
  name: string,
  keep: number,
  except: readonly string[] = [],
): Promise<readonly string[]> => {
  const folder = join(repository, name);
  const versions = await versionsOf(folder);
  const old = versions.slice(0, Math.max(0, versions.length - keep)).filter((version) => !except.includes(version));
  for (const version of old) await removeFolder(join(folder, version));

  const explanations = join(repository, explanationModel(name));
  // A higher one may be that of a version to come.
  const done = (await versionsOf(explanations)).filter((version) => Number(version) <= Number(versions.at(-1) ?? 0));
  const kept = new Set(versions.filter((version) => !old.includes(version)));
  for (const version of done) if (!kept.has(version)) await removeFolder(join(explanations, version));
  return old;
};

/** Renamed first, so that no reader finds a version with half of its files. */
const removeFolder = async (path: string): Promise<void> => {
  const leaving = join(dirname(path), `${UNFINISHED}${randomUUID()}`);
  await rename(path, leaving);
  await rm(leaving, { recursive: true });
};

/** Versions in a model's folder, oldest first; none where there is no folder. */
const versionsOf = async (folder: string): Promise<readonly string[]> =>
  (existsSync(folder) ? await readdir(folder) : [])
    .filter((entry) => VERSION.test(entry))
    .sort((a, b) => Number(a) - Number(b));

/** A folder that becomes a version of a model: until it is renamed, no reader looks at it. */
class UnfinishedVersion {
  readonly folder: string;
  #path: string;

  constructor(
    repository: string,
    readonly name: string,
  ) {
    this.folder = join(repository, name);
    this.#path = join(this.folder, `${UNFINISHED}${randomUUID()}`);
  }

  get path(): string {
    return this.#path;
  }

  /** @param beside further files by name */
  async write(graph: OnnxModel, config: string, beside: Readonly<Record<string, string>> = {}): Promise<void> {
    await mkdir(this.#path, { recursive: true });
    await graph.writeTo(join(this.#path, 'model.onnx'));
    for (const [file, text] of Object.entries(beside)) await writeFlushed(join(this.#path, file), text);
    // The configuration belongs to the name, not to the version: it is put in place whole, over the last one.
    await writeFlushed(join(this.#path, CONFIG), config);
    await rename(join(this.#path, CONFIG), join(this.folder, CONFIG));
    await flush(this.#path);
  }

  /** Makes it a version. False where somebody else has that number: a folder with files is never replaced by a rename. */
  async rename(version: string): Promise<boolean> {
    const path = join(this.folder, version);
    try {
      await rename(this.#path, path);
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
    this.#path = path;
    await flush(this.folder);
    return true;
  }

  async remove(): Promise<void> {
    if (existsSync(this.#path)) await removeFolder(this.#path);
  }
}

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

/** Names, types and sizes of tensors in Triton's words; `optional` ones may be left out. */
interface TensorConfig {
  readonly name: string;
  readonly type: 'TYPE_INT64' | 'TYPE_FP32';
  readonly dims: readonly number[];
  readonly optional?: boolean;
}

const INPUTS: readonly TensorConfig[] = [
  { name: RETRIEVAL_INPUTS.historyItems, type: 'TYPE_INT64', dims: [-1, -1] },
  { name: RETRIEVAL_INPUTS.historyActions, type: 'TYPE_INT64', dims: [-1, -1] },
  { name: RETRIEVAL_INPUTS.historyAges, type: 'TYPE_FP32', dims: [-1, -1] },
  { name: RETRIEVAL_INPUTS.contextItems, type: 'TYPE_INT64', dims: [-1, -1], optional: true },
  { name: RETRIEVAL_INPUTS.excludeItems, type: 'TYPE_INT64', dims: [-1, -1], optional: true },
  { name: RETRIEVAL_INPUTS.blockedItems, type: 'TYPE_INT64', dims: [-1], optional: true },
];

const retrievalConfig = (name: string): string =>
  tritonConfig(name, INPUTS, [
    { name: RETRIEVAL_OUTPUTS.userVector, type: 'TYPE_FP32', dims: [-1, -1] },
    { name: RETRIEVAL_OUTPUTS.items, type: 'TYPE_INT64', dims: [-1, RESULTS] },
    { name: RETRIEVAL_OUTPUTS.scores, type: 'TYPE_FP32', dims: [-1, RESULTS] },
  ]);

const explanationConfig = (name: string): string =>
  tritonConfig(
    name,
    [...INPUTS, { name: EXPLANATION_INPUTS.items, type: 'TYPE_INT64', dims: [-1, -1] }],
    [
      { name: EXPLANATION_OUTPUTS.contributions, type: 'TYPE_FP32', dims: [-1, -1, -1] },
      { name: EXPLANATION_OUTPUTS.bias, type: 'TYPE_FP32', dims: [-1, -1] },
    ],
  );

/** `ModelConfig` of Triton's model_config.proto. Batches are the graph's own first dimension (`max_batch_size: 0`). */
const tritonConfig = (name: string, inputs: readonly TensorConfig[], outputs: readonly TensorConfig[]): string => {
  const list = (tensors: readonly TensorConfig[]): string =>
    tensors
      .map(
        ({ name: tensor, type, dims, optional }) =>
          `  { name: "${tensor}" data_type: ${type} dims: [ ${dims.join(', ')} ]${optional === true ? ' optional: true' : ''} }`,
      )
      .join(',\n');
  return `name: "${name}"
backend: "onnxruntime"
max_batch_size: 0
input [
${list(inputs)}
]
output [
${list(outputs)}
]
version_policy: { all { } }
`;
};
