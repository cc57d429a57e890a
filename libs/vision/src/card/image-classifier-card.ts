import type { Split } from '../data/labelled-photo.js';
import type { HeadKind } from '../heads/head.js';
import type { MeasuredPhotos } from '../training/head-judge.js';
import type { LearnedPhotos } from '../training/learn-photos.js';
import { calibrationPicture } from './calibration-picture.js';
import { confusionPicture } from './confusion-picture.js';

/** What a classifier scored on photos that it had not seen: contents of `metrics.json`. */
export interface ImageClassifierMetrics {
  readonly kind: 'image-classifier';
  readonly classes: readonly string[];
  readonly priors: readonly number[];
  readonly backbone: string | null;
  readonly head: HeadKind;
  /** Chosen on the validation part. */
  readonly settings: Readonly<Record<string, number>>;
  readonly photos: Readonly<Record<Split, number>>;
  readonly validation: MeasuredPhotos;
  readonly test: MeasuredPhotos | null;
  readonly testWithItsPriors: MeasuredPhotos | null;
}

export const imageClassifierMetrics = (learned: LearnedPhotos): ImageClassifierMetrics => ({
  kind: 'image-classifier',
  classes: learned.classes,
  priors: learned.head.priors,
  backbone: learned.classifier.description.backbone ?? null,
  head: learned.head.kind,
  settings: learned.head.settings,
  photos: learned.photos,
  validation: learned.validation,
  test: learned.test ?? null,
  testWithItsPriors: learned.testWithItsPriors ?? null,
});

/** A card for people, and the pictures that it shows, by the names of their files. */
export interface IllustratedCard {
  readonly card: string;
  readonly pictures: Readonly<Record<string, string>>;
}

const CONFUSION = 'confusion.svg';
const CALIBRATION = 'calibration.svg';

const HEADS: Readonly<Record<HeadKind, string>> = {
  logistic: 'multinomial logistic regression',
  gaussian: 'a normal distribution of each class, of one covariance',
};

/** A classifier's card: Markdown, with its confusion and its calibration as pictures. */
export const imageClassifierCard = (name: string, metrics: ImageClassifierMetrics): IllustratedCard => {
  const { classes, priors, backbone, head, settings, photos, validation, test, testWithItsPriors } = metrics;
  const shown = test ?? validation;
  const rows = [
    ...columns(`validation (${photos.validation})`, validation),
    ...columns(`test (${photos.test})`, test),
    ...columns('test, its shares of the classes as priors', testWithItsPriors),
  ];
  const card = `# ${name}

Says which of ${classes.length} classes a photo shows, with a probability each, and makes an embedding by which similar photos are found. Its features
are ${backbone === null ? 'handcrafted: gradients, colours and textures' : `those of the network \`${backbone}\``}; behind them stands ${HEADS[head]}.

Learned from ${photos.train} photos. Choices were made on the validation part${test === null ? '; there was no test part' : ', the test part was looked at once'}.

| | accuracy | among three | macro-F1 | calibration error | search by photo, P@10 |
|---|---|---|---|---|---|
${rows.join('\n')}

![Confusion](${CONFUSION})
![Calibration](${CALIBRATION})

Shares of the classes where it learned: ${classes.map((label, c) => `${label} ${((priors[c] ?? 0) * 100).toFixed(1)} %`).join(', ')}.

Settings: \`${JSON.stringify(settings)}\`

It takes every photo for one of these classes, also where it shows something else.
`;
  return {
    card,
    pictures: {
      [CONFUSION]: confusionPicture(classes, shown.confusion),
      [CALIBRATION]: calibrationPicture(shown.calibration),
    },
  };
};

const columns = (what: string, measured: MeasuredPhotos | null): readonly string[] => {
  if (measured === null) return [];
  const { accuracy, top3, macroF1, calibrationError, searchPrecision } = measured;
  const figures = [accuracy, top3, macroF1, calibrationError, searchPrecision].map((figure) => figure.toFixed(3));
  return [`| ${what} | ${figures.join(' | ')} |`];
};
