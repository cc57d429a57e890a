/** What a classifier said of photos, each a row of P(c | x), and what they are. */
export interface Judged {
  /** [N, C] */
  readonly probabilities: Float32Array;
  /** [N] */
  readonly labels: Uint16Array;
  readonly classes: number;
}

export interface CalibrationBin {
  readonly photos: number;
  /** The mean of the highest probability. */
  readonly confidence: number;
  /** The share of the photos whose likeliest class is theirs. */
  readonly accuracy: number;
}

export interface Classification {
  readonly photos: number;
  readonly accuracy: number;
  /** The share of the photos whose class is among the three likeliest. */
  readonly top3: number;
  /** The mean over the classes of F1; a class that no photo has and that none was taken for does not count. */
  readonly macroF1: number;
  /** Expected calibration error (Guo et al., ICML 2017), over {@link CALIBRATION_BINS} equal bins of the highest probability. */
  readonly calibrationError: number;
  readonly calibration: readonly CalibrationBin[];
  /** Photos by their class, and by what they were taken for. */
  readonly confusion: readonly (readonly number[])[];
}

export const CALIBRATION_BINS = 15;

/** How good a classifier was. */
export const classification = ({ probabilities, labels, classes }: Judged): Classification => {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ photos: 0, confidence: 0, right: 0 }));
  let right = 0;
  let among3 = 0;
  labels.forEach((label, row) => {
    const said = probabilities.subarray(row * classes, (row + 1) * classes);
    const likeliest = said.reduce((best, probability, c) => (probability > (said[best] as number) ? c : best), 0);
    const confidence = said[likeliest] as number;
    const likelier = said.filter((probability) => probability > (said[label] as number)).length;
    const isRight = likeliest === label;
    (confusion[label] as number[])[likeliest] = (confusion[label]?.[likeliest] ?? 0) + 1;
    if (isRight) right++;
    if (likelier < 3) among3++;
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS))];
    if (bin === undefined) return;
    bin.photos++;
    bin.confidence += confidence;
    if (isRight) bin.right++;
  });
  const photos = labels.length;
  const calibration = bins.map((bin) => ({
    photos: bin.photos,
    confidence: bin.confidence / Math.max(1, bin.photos),
    accuracy: bin.right / Math.max(1, bin.photos),
  }));
  return {
    photos,
    accuracy: right / photos,
    top3: among3 / photos,
    macroF1: macroF1(confusion),
    calibrationError: calibration.reduce(
      (sum, bin) => sum + (bin.photos / photos) * Math.abs(bin.accuracy - bin.confidence),
      0,
    ),
    calibration,
    confusion,
  };
};

const macroF1 = (confusion: readonly (readonly number[])[]): number => {
  const scores = confusion.flatMap((row, c) => {
    const are = row.reduce((sum, count) => sum + count, 0);
    const taken = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0);
    return are + taken === 0 ? [] : [(2 * (row[c] ?? 0)) / (are + taken)];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
};
