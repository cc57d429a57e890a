import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listModels } from '@offerstream/learning';
import { readModelFile } from '@offerstream/onnx';
import {
  handcraftedNetwork,
  IMAGE_MODEL_FILE,
  photoNetworkOf,
  PIXEL_NORMALISATIONS,
  readImageModel,
  type PhotoNetwork,
} from '@offerstream/vision';
import { TrainError } from '../train/errors.js';
import type { VisionOptions } from './vision-options.js';

export interface NamedNetwork {
  readonly network: PhotoNetwork;
  /** Absent for handcrafted features. */
  readonly backbone?: string;
}

/**
 * The network that photos are looked at with.
 *
 * @param repository where named ones are
 * @throws TrainError `no-backbone`; VisionError, OnnxFileError where it is none
 */
export const networkFor = async (
  { backbone, normalisation, cutAt }: Pick<VisionOptions, 'backbone' | 'normalisation' | 'cutAt'>,
  repository: string,
): Promise<NamedNetwork> => {
  if (backbone === undefined) return { network: handcraftedNetwork() };
  const folder = await newestVersion(repository, backbone);
  if (folder !== undefined) {
    const { classes } = await readImageModel(folder);
    if (classes !== undefined) throw noBackbone(`${backbone} is a classifier of its own`);
    const bytes = await readModelFile(join(folder, 'model.onnx'));
    return { network: await photoNetworkOf(bytes, {}), backbone };
  }
  if (!existsSync(backbone))
    throw noBackbone(`There is neither a network ${backbone} in ${repository} nor such a file`);
  const network = await photoNetworkOf(await readModelFile(backbone), {
    normalisation: PIXEL_NORMALISATIONS[normalisation],
    ...(cutAt !== undefined && { cutAt }),
  });
  return { network, backbone: basename(backbone).replace(/\.onnx$/i, '') };
};

const newestVersion = async (repository: string, name: string): Promise<string | undefined> => {
  const version = (await listModels(repository)).get(name)?.at(-1);
  const folder = version === undefined ? undefined : join(repository, name, version);
  return folder !== undefined && existsSync(join(folder, IMAGE_MODEL_FILE)) ? folder : undefined;
};

const noBackbone = (reason: string): TrainError =>
  new TrainError(
    'no-backbone',
    false,
    `${reason}. Name a network (npm run models -- add efficientnet-lite0), or an ONNX file of an ImageNet classifier.`,
  );
