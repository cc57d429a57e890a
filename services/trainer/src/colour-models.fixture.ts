import { storeVersion, type StoredVersion } from '@offerstream/learning';
import { Graph, op } from '@offerstream/onnx';
import { pngPhoto, type Rgb } from '@offerstream/testing';
import { IMAGE_MODEL, imageModelFiles } from '@offerstream/vision';

const SIDE = 4;

/** Stores a model for which a photo is its mean colour. */
export const storeColours = (repository: string, name: string): Promise<StoredVersion> => {
  const graph = new Graph('colours');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', SIDE, SIDE, 3]);
  const mean = op.reduceMean(op.reshape(op.cast(pixels, 'float32'), ['B', SIDE * SIDE, 3]), [1], { keepDims: false });
  const length = op.sqrt(op.reduceSum(op.mul(mean, mean), [1], { keepDims: true }));
  graph.output(IMAGE_MODEL.embedding, op.div(mean, length));
  const input = { kind: 'pixels', width: SIDE, height: SIDE, resize: 'fill' } as const;
  return storeVersion(repository, name, imageModelFiles({ input, embedding: { dimensions: 3 } }, graph.model()));
};

export const RED: Rgb = [200, 0, 0];
export const BLUE: Rgb = [0, 0, 200];
/** For which {@link storeColours}' model has no number: it divides by the length of nothing. */
export const BLACK: Rgb = [0, 0, 0];

export const photoOf = (colour: Rgb): Buffer => pngPhoto(8, 8, () => colour);
