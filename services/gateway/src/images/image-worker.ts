// The program of a worker thread: it decodes photos, makes features of them, and asks inference.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceClient } from '@offerstream/inference-client';
import { VisionError } from '@offerstream/vision';
import { answerTasks, type Work } from '../threads/answer-tasks.js';
import type { ThreadSettings } from '../threads/thread-messages.js';
import type { ImageResults, ImageTask } from './image-tasks.js';
import { LoadedImageModels } from './loaded-image-models.js';
import { classifyPhoto, embedPhotos } from './look-at-photos.js';

const port = parentPort;
if (port === null) throw new Error('image-worker runs in a worker thread only.');

const { inferenceAddress } = workerData as ThreadSettings;
const models = new LoadedImageModels(new InferenceClient(inferenceAddress));

const workOn = async (task: ImageTask, { signal }: Work): Promise<ImageResults[ImageTask['kind']]> => {
  const image = await models.model(task.model);
  const work = { signal, lookAt: models.lookerOf(task.model) };
  switch (task.kind) {
    case 'embed':
      return embedPhotos(image, task, work);
    case 'classify':
      return classifyPhoto(image, task, work);
  }
};

answerTasks<ImageTask>(port, {
  workOn,
  isOfModel: (error) => error instanceof VisionError,
  handedOver: (result) => ('vectors' in result ? [(result as ImageResults['embed']).vectors.buffer] : []),
});
