import type { CalibrationBin } from '../metrics/classification.js';
import { svg } from './svg.js';

const SIDE = 320;
const LEFT = 56;
const TOP = 40;
const MARKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** How often a classifier was right, by how sure it was: on the line it says the truth. An SVG. */
export const calibrationPicture = (bins: readonly CalibrationBin[]): string => {
  const x = (share: number): string => (LEFT + SIDE * share).toFixed(1);
  const y = (share: number): string => (TOP + SIDE * (1 - share)).toFixed(1);
  const most = Math.max(1, ...bins.map(({ photos }) => photos));
  const width = SIDE / bins.length;
  return svg(LEFT + SIDE + 24, TOP + SIDE + 56, 'Calibration', [
    `<text x="${LEFT}" y="24" font-size="14">How often it was right, by how sure it was</text>`,
    ...MARKS.flatMap((mark) => [
      `<text x="${LEFT - 8}" y="${Number(y(mark)) + 4}" text-anchor="end">${mark.toFixed(1)}</text>`,
      `<text x="${x(mark)}" y="${TOP + SIDE + 18}" text-anchor="middle">${mark.toFixed(1)}</text>`,
      `<line x1="${LEFT}" x2="${LEFT + SIDE}" y1="${y(mark)}" y2="${y(mark)}" stroke="#eee"/>`,
    ]),
    `<text x="${LEFT + SIDE / 2}" y="${TOP + SIDE + 40}" text-anchor="middle">probability of the likeliest class; bars: photos</text>`,
    ...bins.map(({ photos }, bin) => {
      const height = (SIDE / 4) * (photos / most);
      return `<rect x="${(LEFT + bin * width).toFixed(1)}" y="${(TOP + SIDE - height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="#c9d8ea"/>`;
    }),
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#999" stroke-dasharray="4 4"/>`,
    ...bins
      .filter(({ photos }) => photos > 0)
      .map(({ confidence, accuracy }) => `<circle cx="${x(confidence)}" cy="${y(accuracy)}" r="4" fill="#1f4e8c"/>`),
  ]);
};
