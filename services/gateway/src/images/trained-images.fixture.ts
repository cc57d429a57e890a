import { storeVersion, type StoredVersion } from '@offerstream/learning';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
import { pngPhoto, type Rgb } from '@offerstream/testing';
import { IMAGE_MODEL, imageModelFiles, type ImageModelDescription } from '@offerstream/vision';

const SIDE = 8;
export const CLASSES = ['red', 'green', 'blue'];
export const PRIORS = [0.5, 0.3, 0.2];
/** How much a photo of nothing but one colour says for its class. */
const EVIDENCE = 6;

const DESCRIPTION: ImageModelDescription = {
  input: { kind: 'pixels', width: SIDE, height: SIDE, resize: 'fill' },
  embedding: { dimensions: CLASSES.length },
};

/** For which a photo is its mean colour. */
const colourGraph = (isClassifier: boolean): OnnxModel => {
  const graph = new Graph('colours');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', SIDE, SIDE, 3]);
  const rows = op.reshape(op.div(op.cast(pixels, 'float32'), 255), ['B', SIDE * SIDE, 3]);
  const mean = op.reduceMean(rows, [1], { keepDims: false });
  const length = op.sqrt(op.reduceSum(op.mul(mean, mean), [1], { keepDims: true }));
  graph.output(IMAGE_MODEL.embedding, op.div(mean, length));
  if (isClassifier) graph.output(IMAGE_MODEL.logLikelihoods, op.mul(mean, EVIDENCE));
  return graph.model();
};

/** Stores a classifier of colours, as the next version. */
export const storeColours = (repository: string, name: string): Promise<StoredVersion> =>
  storeVersion(
    repository,
    name,
    imageModelFiles({ ...DESCRIPTION, classes: CLASSES, priors: PRIORS, head: 'network' }, colourGraph(true)),
  );

/** Stores what only embeds. */
export const storeBackbone = (repository: string, name: string): Promise<StoredVersion> =>
  storeVersion(repository, name, imageModelFiles(DESCRIPTION, colourGraph(false)));

/** P(class | a photo of one colour), by Bayes' rule. */
export const expectedShares = (colour: Rgb, priors: readonly number[] = PRIORS): readonly number[] => {
  const weights = colour.map((value, at) => Math.exp((EVIDENCE * value) / 255) * (priors[at] ?? NaN));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};

export const photoOf = (colour: Rgb, side = 24): Buffer => pngPhoto(side, side, () => colour);
