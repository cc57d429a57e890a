import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoShop, labelledPictures, type LabelledPicture } from '@offerstream/demo-shop';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { IMAGE_MODEL, posterior, smallCnn, trainImageNetwork, type LabelledImages } from '@offerstream/vision';
import { machine, report } from './machine.js';

const SETTINGS = { shop: 7, shots: 4, epochs: 20, seed: 1 };
/** Of five items three are learned from, one is chosen by, and one is looked at once. */
const PARTS = 5;
const VALIDATION_PART = 3;
const TEST_PART = 4;

/** How often a CNN that was trained from nothing names the category of items of the generated shop that it has not seen. */
export const benchShopCnn = async (): Promise<undefined> => {
  const { shop, shots, epochs, seed } = SETTINGS;
  const network = smallCnn();
  const pictures = [...labelledPictures(createDemoShop(shop), { shots, side: network.side })];
  const classes = [...new Set(pictures.map(({ label }) => label))].sort();
  const places = new Map([...new Set(pictures.map(({ item }) => item))].map((item, place) => [item, place]));
  const partOf = ({ item }: LabelledPicture): number => (places.get(item) ?? 0) % PARTS;
  const labelled = (of: (part: number) => boolean): LabelledImages => {
    const chosen = pictures.filter((picture) => of(partOf(picture)));
    return { images: chosen.map(({ picture }) => picture), labels: chosen.map(({ label }) => classes.indexOf(label)) };
  };
  const [train, validation, test] = [
    labelled((part) => part < VALIDATION_PART),
    labelled((part) => part === VALIDATION_PART),
    labelled((part) => part === TEST_PART),
  ];

  const checkpoints = await mkdtemp(join(tmpdir(), 'shop-cnn-'));
  const began = performance.now();
  const { model, description, validationAccuracy } = await trainImageNetwork({
    network,
    classes,
    train,
    validation,
    resize: 'fill',
    seed,
    epochs,
    checkpoints,
    now: () => performance.now(),
  }).finally(() => rm(checkpoints, { recursive: true }));
  const seconds = Math.round((performance.now() - began) / 1_000);

  report({
    bench: 'vision',
    part: 'shop-cnn',
    testAccuracy: await accuracy(await openSession(model.toBuffer()), test, description.priors ?? []),
    validationAccuracy,
    classes: classes.length,
    images: [train, validation, test].map(({ images }) => images.length),
    seconds,
    settings: SETTINGS,
    machine: machine(),
  });
  return undefined;
};

/** Asked as it is served: one photo at a time. */
const accuracy = async (
  session: Awaited<ReturnType<typeof openSession>>,
  { images, labels }: LabelledImages,
  priors: readonly number[],
): Promise<number> => {
  let right = 0;
  for (const [row, { width, height, data }] of images.entries()) {
    const results = await session.run({
      [IMAGE_MODEL.pixels]: { dtype: 'uint8', dims: [1, height, width, 3], data },
    });
    const shares = posterior(dataOf(results, IMAGE_MODEL.logLikelihoods, 'float32'), priors);
    if (shares.indexOf(Math.max(...shares)) === labels[row]) right++;
  }
  await session.close();
  return right / images.length;
};
