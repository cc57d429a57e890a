import type { ServingImageModel } from '../models/model-folder.js';

export interface EmbedPhotosTask {
  readonly kind: 'embed';
  readonly model: ServingImageModel;
  readonly photos: readonly Photo[];
}

/** A photo as it was sent, and which field of the request it came in. */
export interface Photo {
  readonly field: string;
  readonly bytes: Uint8Array;
}

export interface ClassifyPhotoTask {
  readonly kind: 'classify';
  readonly model: ServingImageModel;
  readonly photo: Photo;
  /** Shares by class, in place of what the model has learned of how often each comes; classes without one share what is left. */
  readonly priors: Readonly<Record<string, number>> | undefined;
  /** How many of the likeliest classes are told. */
  readonly top: number;
}

export interface ImageVectors {
  /** [photos, dimensions], each of unit length. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

export interface ClassifiedPhoto {
  /** The likeliest first. */
  readonly classes: readonly { readonly class: string; readonly probability: number }[];
}

export type ImageTask = EmbedPhotosTask | ClassifyPhotoTask;

export interface ImageResults {
  readonly embed: ImageVectors;
  readonly classify: ClassifiedPhoto;
}
