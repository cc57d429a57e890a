import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { imageEncodersOf, type TenantId } from '@offerstream/contracts';
import { listModels } from '@offerstream/learning';
import { dataOf, openSession, type Tensor } from '@offerstream/onnx-runtime';
import { IMAGE_MODEL, IMAGE_MODEL_FILE, readImageModel } from '@offerstream/vision';
import { VectorsError } from './errors.js';

/** What looks at a shop's pictures. */
export interface PictureEncoder {
  readonly name: string;
  readonly version: string;
  /**
   * A vector of unit length.
   *
   * @throws ImageRefusal where the bytes are no photo
   */
  embed(bytes: Uint8Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * The newest version in the repository of the model that the gateway looks at the tenant's pictures with, once inference serves it.
 *
 * @throws VectorsError `no-image-model`; VisionError, OnnxRuntimeError where it can't be used
 */
export const openPictureEncoder = async (repository: string, tenant: TenantId): Promise<PictureEncoder> => {
  const models = await listModels(repository);
  for (const name of imageEncodersOf(tenant)) {
    const version = models.get(name)?.at(-1);
    const folder = join(repository, name, version ?? '');
    if (version === undefined || !existsSync(join(folder, IMAGE_MODEL_FILE))) continue;
    const model = await readImageModel(folder);
    const session = await openSession(join(folder, 'model.onnx'));
    return {
      name,
      version,
      async embed(bytes) {
        const { name: input, shape: dims, data } = await model.inputOf(bytes);
        const tensor: Tensor =
          data instanceof Float32Array ? { dtype: 'float32', dims, data } : { dtype: 'uint8', dims, data };
        return dataOf(await session.run({ [input]: tensor }), IMAGE_MODEL.embedding, 'float32');
      },
      close: () => session.close(),
    };
  }
  const [own, pretrained] = imageEncodersOf(tenant);
  throw new VectorsError(
    'no-image-model',
    false,
    `${repository} has neither ${own} nor ${pretrained}. Train the one with npm run train -- vision --tenant ${tenant}, ` +
      `or add the other with npm run models -- add ${pretrained}.`,
  );
};
