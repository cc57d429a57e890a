import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type Tensor } from '@offerstream/onnx-runtime';
import { classifier } from '../backbone/classifier.fixture.js';
import { handcraftedNetwork } from '../backbone/handcrafted-network.js';
import { photoNetworkOf, type PhotoNetwork } from '../backbone/photo-network.js';
import { PIXEL_NORMALISATIONS } from '../backbone/pixel-normalisation.js';
import type { HeadKind } from '../heads/head.js';
import { twoHalves } from '../images/photos.fixture.js';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { imageModelFiles, readImageModel } from '../stored/image-model-files.js';
import { posterior } from '../stored/posterior.js';
import { FeatureCache } from './feature-cache.js';
import { learnFromPhotos, type LearnedPhotos, type PhotoToLearn } from './learn-photos.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'learn-photos-'))));
afterEach(() => rm(folder, { recursive: true }));

type Rgb = readonly [number, number, number];
const COLOURS: Readonly<Record<string, Rgb>> = { apple: [200, 40, 40], leaf: [40, 180, 60], sky: [60, 90, 210] };

/** Photos in the colour of their class, each a little different. */
const photos = async (): Promise<readonly (PhotoToLearn & { readonly bytes: Uint8Array })[]> => {
  const made = [];
  for (const [label, colour] of Object.entries(COLOURS)) {
    for (let i = 0; i < 20; i++) {
      const shifted = (by: number) =>
        colour.map((value) => ((value + 17 * i * by) % 70) + value - 35) as unknown as Rgb;
      const bytes = await twoHalves(12, 12, shifted(1), shifted(2)).png().toBuffer();
      made.push({
        label,
        split: i < 12 ? ('train' as const) : i < 16 ? ('validation' as const) : ('test' as const),
        sha256: createHash('sha256').update(bytes).digest('hex'),
        read: () => Promise.resolve(bytes),
        bytes,
      });
    }
  }
  return made;
};

const sizeOf = ({ parts }: PhotoNetwork) => parts.reduce((sum, size) => sum + size, 0);
const learn = async (
  network: PhotoNetwork,
  learnedFrom: readonly PhotoToLearn[],
  { head = 'logistic', signal = new AbortController().signal }: { head?: HeadKind; signal?: AbortSignal } = {},
): Promise<LearnedPhotos> => {
  const cache = await FeatureCache.open(join(folder, 'features.bin'), sizeOf(network));
  try {
    return await learnFromPhotos({ network, head, photos: learnedFrom, cache, signal, onProgress: () => undefined });
  } finally {
    await cache.close();
  }
};
const smallNetwork = () => photoNetworkOf(classifier(), { normalisation: PIXEL_NORMALISATIONS.unit });

test.each<[string, HeadKind, () => Promise<PhotoNetwork>]>([
  ['handcrafted features', 'logistic', () => Promise.resolve(handcraftedNetwork())],
  ['a network', 'logistic', smallNetwork],
  ['a network', 'gaussian', smallNetwork],
])('on %s a %s head knows photos that it has not seen, and is served as it was measured', async (_, head, make) => {
  const network = await make();
  const from = await photos();
  const learned = await learn(network, from, { head });
  expect(learned.photos).toEqual({ train: 36, validation: 12, test: 12 });
  expect(learned.classes).toEqual(['apple', 'leaf', 'sky']);
  expect(learned.test?.accuracy).toBeGreaterThan(0.9);
  expect(learned.test?.searchPrecision).toBeGreaterThan(0.7);

  const { description, model } = learned.classifier;
  const { served, beside } = imageModelFiles(description, model);
  await served.model.writeTo(join(folder, 'model.onnx'));
  for (const [name, content] of Object.entries(beside)) await writeFile(join(folder, name), content);
  const stored = await readImageModel(folder);
  const { classes = [], priors = [] } = stored;
  const session = await openSession(join(folder, 'model.onnx'));
  let right = 0;
  for (const { split, label, bytes } of from) {
    if (split !== 'test') continue;
    const { name, shape, data } = await stored.inputOf(bytes);
    const dtype = data instanceof Float32Array ? 'float32' : 'uint8';
    const results = await session.run({ [name]: { dtype, dims: shape, data } as Tensor });
    const said = posterior(results[IMAGE_MODEL.logLikelihoods]?.data as Float32Array, priors);
    if (classes[said.indexOf(Math.max(...said))] === label) right++;
    const embedding = results[IMAGE_MODEL.embedding]?.data as Float32Array;
    expect(embedding).toHaveLength(description.embedding.dimensions);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
    // Beside the look stand the roots of what it said, with a weight of a quarter.
    const ofClasses = [...embedding.subarray(-3)].map((value) => value ** 2 * (1 + 0.25 ** 2));
    ofClasses.forEach((value, c) => expect(value).toBeCloseTo(0.25 ** 2 * (said[c] as number), 4));
  }
  await session.close();
  expect(right / 12).toBe(learned.test?.accuracy);
});

test('what was interrupted goes on with the features that it has, and comes to the same', async () => {
  const network = await smallNetwork();
  const from = await photos();
  const unbroken = await learn(network, from);
  await rm(join(folder, 'features.bin'));

  const interrupted = new AbortController();
  let reads = 0;
  const counted = from.map((photo) => ({
    ...photo,
    read: () => {
      if (++reads === 25) interrupted.abort(new Error('interrupted'));
      return photo.read();
    },
  }));
  await expect(learn(network, counted, { signal: interrupted.signal })).rejects.toThrow('interrupted');
  const resumed = await learn(network, counted);
  expect(reads).toBe(from.length);
  expect(resumed.head).toEqual(unbroken.head);
  expect(resumed.classifier.model.toBuffer().equals(unbroken.classifier.model.toBuffer())).toBe(true);
});

test('without a second class, or without photos to choose on, there is nothing to learn', async () => {
  const from = await photos();
  const network = await smallNetwork();
  for (const few of [
    from.filter(({ label }) => label === 'leaf'),
    from.filter(({ split }) => split !== 'validation'),
  ]) {
    await expect(learn(network, few)).rejects.toMatchObject({ code: 'nothing-to-learn-from' });
  }
});
