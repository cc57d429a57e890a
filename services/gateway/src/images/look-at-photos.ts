import { IMAGE_MODEL, ImageRefusal, posterior, priorsWith, VisionError, type ImageModel } from '@offerstream/vision';
import type { Work } from '../threads/answer-tasks.js';
import type { ClassifiedPhoto, ClassifyPhotoTask, EmbedPhotosTask, ImageVectors, Photo } from './image-tasks.js';
import type { LookAt } from './loaded-image-models.js';
import { photoRefused, priorsRefused } from './photo-refusal.js';

/** While one photo is looked at the next is decoded. */
const PHOTOS_AT_ONCE = 2;

/** @throws TaskRefusal for what is no photo; InferenceError */
export const embedPhotos = async (
  image: ImageModel,
  { photos, model: { dimensions } }: EmbedPhotosTask,
  { signal, lookAt }: Pick<Work, 'signal'> & { readonly lookAt: LookAt },
): Promise<ImageVectors> => {
  const vectors = new Float32Array(photos.length * dimensions);
  const rows = photos.entries();
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const work = async (): Promise<void> => {
    for (const [row, photo] of rows) {
      const input = await inputOf(image, photo, over);
      over.throwIfAborted();
      vectors.set(await lookAt(input, IMAGE_MODEL.embedding, dimensions), row * dimensions);
    }
  };
  const works = Array.from({ length: PHOTOS_AT_ONCE }, work);
  try {
    await Promise.all(works);
  } catch (error) {
    // It ends when nothing of it runs any more.
    failed.abort(error);
    await Promise.allSettled(works);
    throw error;
  }
  return { vectors };
};

/** P(c | x), by the model's own priors or others. @throws TaskRefusal for what is no photo and for priors that can't be; InferenceError */
export const classifyPhoto = async (
  { classes = [], priors = [], ...image }: ImageModel,
  { photo, priors: known = {}, top }: ClassifyPhotoTask,
  { signal, lookAt }: Pick<Work, 'signal'> & { readonly lookAt: LookAt },
): Promise<ClassifiedPhoto> => {
  const shares = sharesOf({ classes, priors }, known);
  const input = await inputOf(image, photo, signal);
  signal.throwIfAborted();
  const probabilities = posterior(await lookAt(input, IMAGE_MODEL.logLikelihoods, classes.length), shares);
  return {
    classes: classes
      .map((name, at) => ({ class: name, probability: probabilities[at] ?? 0 }))
      .sort((one, other) => other.probability - one.probability)
      .slice(0, top),
  };
};

const inputOf = async (
  { inputOf: decode }: Pick<ImageModel, 'inputOf'>,
  { bytes, field }: Photo,
  signal: AbortSignal,
) => {
  try {
    return await decode(bytes, signal);
  } catch (error) {
    throw error instanceof ImageRefusal ? photoRefused(field, error) : error;
  }
};

const sharesOf = (
  model: { readonly classes: readonly string[]; readonly priors: readonly number[] },
  known: Readonly<Record<string, number>>,
): readonly number[] => {
  try {
    return priorsWith(model, known);
  } catch (error) {
    throw error instanceof VisionError && error.code === 'bad-priors' ? priorsRefused(error.message) : error;
  }
};
