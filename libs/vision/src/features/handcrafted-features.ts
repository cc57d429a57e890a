import type { DecodeOptions } from '../images/decode-image.js';
import type { RgbImage } from '../images/rgb-image.js';
import { binaryPatterns, PATTERN_DIMENSIONS } from './binary-patterns.js';
import { COLOUR_DIMENSIONS, colourHistograms } from './colour-histograms.js';
import { halve } from './halve.js';
import { gradientDimensions, orientedGradients, type GradientOptions } from './oriented-gradients.js';

/** What a photo is decoded to for {@link handcraftedFeatures}. */
export const HANDCRAFTED_SIZE = { width: 64, height: 64, resize: 'fill' } as const satisfies DecodeOptions;

const FINE: GradientOptions = { cell: 8, bins: 18, turn: 'full' };
const COARSE: GradientOptions = { cell: 8, bins: 9, turn: 'half' };

/** How long each part's vector is beside those of the gradients; chosen on validation photos of clothing. */
const COLOUR_WEIGHT = 0.5;
const PATTERN_WEIGHT = 0.7;

export const HANDCRAFTED_DIMENSIONS =
  gradientDimensions(HANDCRAFTED_SIZE, FINE) +
  gradientDimensions({ width: HANDCRAFTED_SIZE.width / 2, height: HANDCRAFTED_SIZE.height / 2 }, COARSE) +
  COLOUR_DIMENSIONS +
  PATTERN_DIMENSIONS;

/**
 * What is seen in a photo without a network: the shapes by oriented gradients at two sizes, the colours by HSV histograms, the texture by local
 * binary patterns.
 *
 * @param image of {@link HANDCRAFTED_SIZE}
 * @returns [HANDCRAFTED_DIMENSIONS]
 */
export const handcraftedFeatures = (image: RgbImage): Float32Array => {
  const parts = [
    orientedGradients(image, FINE),
    orientedGradients(halve(image), COARSE),
    colourHistograms(image).map((value) => value * COLOUR_WEIGHT),
    binaryPatterns(image).map((value) => value * PATTERN_WEIGHT),
  ];
  const features = new Float32Array(HANDCRAFTED_DIMENSIONS);
  let at = 0;
  for (const part of parts) {
    features.set(part, at);
    at += part.length;
  }
  return features;
};
