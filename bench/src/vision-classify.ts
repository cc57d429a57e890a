import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normal, SeededRandom } from '@offerstream/autodiff';
import { TOPIC_NAMES } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { ensureTopics } from '@offerstream/kafka';
import { EditableModel, Graph, op, tensor } from '@offerstream/onnx';
import { openSession, type Session, type Tensor } from '@offerstream/onnx-runtime';
import {
  backboneOf,
  IMAGE_MODEL,
  imageModelFiles,
  openLabelledPhotos,
  PIXEL_NORMALISATIONS,
  readImageModel,
  type ImageModel,
} from '@offerstream/vision';
import { besideBare } from './beside-bare.js';
import { inheritedEnvironment } from './config.js';
import { HttpConnections, photoRequest } from './http-connections.js';
import { machine, report } from './machine.js';
import { Rig } from './rig.js';
import { startServing } from './serving.js';
import { API_KEY, publishShop } from './shop.js';

const CLASSIFIER = 'lite0-classifier';
const CLASSES = 10;
const PHOTOS = 256;
/** Photos that are decoded or looked at in the same moment: while the session works on one, the next is decoded. */
const BARE_AT_ONCE = 3;
const CONNECTIONS = 6;
const FILES = ['onnx/efficientnet-lite0.onnx', 'clothing_small/labels.csv'];

/**
 * Photos a second: through the API of a gateway, its inference with one thread, and decoded and run by a bare session with one thread in
 * this process, in turns.
 */
export const benchClassify = async (): Promise<string | undefined> => {
  const data = inheritedEnvironment['OFFERSTREAM_REFERENCE_DATA'] ?? '';
  const [backbone = '', labels = ''] = FILES.map((file) => join(data, file));
  if (![backbone, labels].every(existsSync))
    return `OFFERSTREAM_REFERENCE_DATA names no folder with ${FILES.join(' and ')}`;
  const rig = await Rig.start();
  try {
    const version = rig.path(`models/${CLASSIFIER}/1`);
    await mkdir(version, { recursive: true });
    await writeClassifier(version, await readFile(backbone));
    const photos = await photosOf(labels);
    const connections = await startApi(rig, photos[0] as Uint8Array);
    const session = await openSession(join(version, 'model.onnx'));
    const image = await readImageModel(version);
    const requests = photos.map((photo) => photoRequest(PATH, API_KEY, photo));
    const bare = () => each(photos, BARE_AT_ONCE, (photo) => decodeAndRun(image, session, photo));
    const api = () =>
      each(requests, CONNECTIONS, async (request) => {
        const { status, body } = await connections.send(request);
        if (status !== 200) throw new Error(`${status} ${body}`);
      });
    const { perSecond, ratio, rounds } = await besideBare(PHOTOS, { bare, api });
    connections.close();
    await session.close();
    report({
      bench: 'vision',
      part: 'classify',
      imagesPerSecond: perSecond,
      ratio,
      rounds,
      settings: { photos: PHOTOS, threads: 1, bareAtOnce: BARE_AT_ONCE, connections: CONNECTIONS },
      machine: machine(),
    });
    return undefined;
  } finally {
    await rig.close();
  }
};

const PATH = `/v1/images/classify?model=${CLASSIFIER}`;

/** A classifier of any ten classes: what a head has learned does not change how long it takes. */
const writeClassifier = async (folder: string, bytes: Uint8Array): Promise<void> => {
  const { description, model } = await backboneOf(bytes, { normalisation: PIXEL_NORMALISATIONS.signed });
  const classifier = EditableModel.read(model.toBuffer());
  const { dimensions } = description.embedding;
  const head = new Graph('head');
  const embedding = head.input(IMAGE_MODEL.embedding, 'float32', ['B', dimensions]);
  const shape = [dimensions, CLASSES];
  const weights = normal(1)(shape, new SeededRandom(1).next);
  head.output(
    IMAGE_MODEL.logLikelihoods,
    op.matMul(embedding, head.initializer('weights', tensor('float32', shape, weights))),
  );
  classifier.append(head);
  const classes = Array.from({ length: CLASSES }, (_, index) => `class ${index}`);
  const priors = classes.map(() => 1 / CLASSES);
  const { served, beside } = imageModelFiles({ ...description, classes, priors, head: 'logistic' }, classifier.model());
  await served.model.writeTo(join(folder, 'model.onnx'));
  for (const [name, content] of Object.entries(beside)) await writeFile(join(folder, name), content);
};

const photosOf = async (labels: string): Promise<readonly Uint8Array[]> => {
  const set = await openLabelledPhotos(labels);
  const photos: Uint8Array[] = [];
  for (const photo of set.photos.slice(0, PHOTOS)) photos.push(await set.read(photo));
  await set.close();
  return photos;
};

const decodeAndRun = async (image: ImageModel, session: Session, photo: Uint8Array): Promise<void> => {
  const { name, shape, data } = await image.inputOf(photo);
  await session.run({ [name]: { dtype: 'uint8', dims: shape, data } as Tensor });
};

/** Connections to a gateway that has the classifier. */
const startApi = async (rig: Rig, photo: Uint8Array): Promise<HttpConnections> => {
  await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
  await publishShop(rig, 1);
  await mkdir(rig.path('profiles'));
  const { httpPort } = await startServing(rig, {
    inference: { WORKERS: '1' },
    gateway: { MODELS_DIR: rig.path('models') },
  });
  const connections = await HttpConnections.open(httpPort, CONNECTIONS);
  const request = photoRequest(PATH, API_KEY, photo);
  const serves = async (): Promise<boolean> => (await connections.send(request)).status === 200;
  if (!(await waitUntil(serves, { timeoutMs: 60_000, everyMs: 100 })))
    throw new Error('The classifier does not serve.');
  return connections;
};

const each = async <Work>(all: readonly Work[], atOnce: number, work: (one: Work) => Promise<void>): Promise<void> => {
  const waiting = all.values();
  const inTurn = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, inTurn));
};
