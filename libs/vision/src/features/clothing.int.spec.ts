import { join } from 'node:path';
import { referenceData, skipUnless } from '@offerstream/testing';
import { SPLITS, type LabelledPhoto } from '../data/labelled-photo.js';
import { openLabelledPhotos } from '../data/open-photos.js';
import type { LabelledRows } from '../heads/feature-rows.js';
import { trainLogisticHead } from '../heads/logistic-head.js';
import { decodeImage } from '../images/decode-image.js';
import { HANDCRAFTED_DIMENSIONS, HANDCRAFTED_SIZE, handcraftedFeatures } from './handcrafted-features.js';

const folder = referenceData();
const there = skipUnless(folder !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data');

there('photos of clothing', () => {
  test('are told apart by their handcrafted features', async () => {
    const set = await openLabelledPhotos(join(folder ?? '', 'clothing_small', 'labels.csv'));
    const counts = SPLITS.map((split) => set.photos.filter((photo) => photo.split === split).length);
    expect(counts).toEqual([3068, 341, 372]);

    const classes = [...new Set(set.photos.map(({ label }) => label))].sort();
    const rowsOf = async (photos: readonly LabelledPhoto[]): Promise<LabelledRows> => {
      const data = new Float32Array(photos.length * HANDCRAFTED_DIMENSIONS);
      for (const [row, photo] of photos.entries()) {
        const image = await decodeImage(await set.read(photo), HANDCRAFTED_SIZE);
        data.set(handcraftedFeatures(image), row * HANDCRAFTED_DIMENSIONS);
      }
      const labels = Uint16Array.from(photos, ({ label }) => classes.indexOf(label));
      return { data, dimensions: HANDCRAFTED_DIMENSIONS, labels };
    };
    const [train, validation] = await Promise.all([
      rowsOf(set.photos.filter(({ split }) => split === 'train')),
      rowsOf(set.photos.filter(({ split }) => split === 'validation')),
    ]);
    await set.close();

    const head = await trainLogisticHead({
      train,
      validation,
      classes: classes.length,
      parts: [HANDCRAFTED_DIMENSIONS],
    });
    const scoreOf = (row: number, place: number) => {
      let score = (head.bias[place] ?? NaN) + Math.log(head.priors[place] ?? NaN);
      for (let f = 0; f < HANDCRAFTED_DIMENSIONS; f++)
        score +=
          (validation.data[row * HANDCRAFTED_DIMENSIONS + f] ?? NaN) *
          (head.weights[f * classes.length + place] ?? NaN);
      return score;
    };
    let right = 0;
    for (const [row, label] of validation.labels.entries()) {
      const scores = classes.map((_, place) => scoreOf(row, place));
      if (scores.indexOf(Math.max(...scores)) === label) right++;
    }
    expect(right / validation.labels.length).toBeGreaterThan(0.75);
    // Thousands of photos and a head of its own: half a minute on an idle core.
  }, 600_000);
});
