import { dirname, join } from 'node:path';
import {
  EXPLANATION_INPUTS,
  EXPLANATION_OUTPUTS,
  EXPLANATION_SOURCES,
  explanationModel,
  RETRIEVAL_INPUTS,
  RETRIEVAL_OUTPUTS,
} from '@offerstream/contracts';
import { LearningError } from './errors.js';
import type { Family } from './families/family.js';
import { FAMILIES } from './families/index.js';
import { nextVersion, removeFolder, removeVersionFolder, UnfinishedVersion, versionsOf } from './version-folder.js';
import { RESULTS } from './ranker.js';
import type { TrainedModel } from './trained-model.js';
import { tritonConfig, type TensorConfig } from './triton-config.js';

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
  const { saysSources = false }: Family = FAMILIES[trained.family];
  try {
    await explanation.write({ graph: trained.explanation, config: explanationConfig(explanation.name, saysSources) });
    const served = { graph: trained.model, config: retrievalConfig(name) };
    await model.write(served, {
      'metrics.json': `${JSON.stringify(trained.metrics, null, 2)}\n`,
      'card.md': trained.card,
      ...trained.beside,
    });
    for (;;) {
      const version = await nextVersion(model.folder, explanation.folder);
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
export const removeModel = async ({ version, path, explanationPath }: StoredModel): Promise<void> => {
  await removeVersionFolder(dirname(path), version);
  await removeVersionFolder(dirname(explanationPath), version);
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

const explanationConfig = (name: string, saysSources: boolean): string =>
  tritonConfig(
    name,
    [...INPUTS, { name: EXPLANATION_INPUTS.items, type: 'TYPE_INT64', dims: [-1, -1] }],
    [
      { name: EXPLANATION_OUTPUTS.contributions, type: 'TYPE_FP32', dims: [-1, -1, -1] },
      { name: EXPLANATION_OUTPUTS.bias, type: 'TYPE_FP32', dims: [-1, -1] },
      ...(saysSources
        ? [
            {
              name: EXPLANATION_OUTPUTS.sources,
              type: 'TYPE_FP32',
              dims: [-1, -1, EXPLANATION_SOURCES.length],
            } as const,
          ]
        : []),
    ],
  );
