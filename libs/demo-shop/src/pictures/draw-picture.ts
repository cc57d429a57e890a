import type { Look, Paint, Pattern } from '../look.js';
import type { Random } from '../random.js';
import type { Part, Point, Surface } from './silhouettes.js';

/** Pixels of [height, width, 3], RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

type Colour = readonly [red: number, green: number, blue: number];

const COLOURS: Readonly<Record<Paint, Colour>> = {
  black: [42, 42, 46],
  white: [232, 230, 224],
  blue: [38, 56, 118],
  green: [40, 102, 62],
  sand: [196, 160, 110],
  grey: [122, 130, 138],
  red: [186, 74, 52],
  sky: [112, 178, 224],
};

/** Where the camera stood and what light there was: no two pictures of a thing are quite the same. */
interface Shot {
  readonly turn: number;
  readonly zoom: Point;
  readonly shift: Point;
  readonly background: Colour;
  readonly tint: Colour;
  /** How much brighter it is on one side than in the middle. */
  readonly light: Point;
}

const drawShot = (random: Random): Shot => {
  const around = (middle: number, spread: number): number => middle + spread * (2 * random.next() - 1);
  const size = around(0.78, 0.1);
  const grey = around(192, 30);
  return {
    turn: around(0, 0.22),
    zoom: [size * around(1, 0.07), size * around(1, 0.07)],
    shift: [around(0, 0.1), around(0, 0.1)],
    background: [grey + around(0, 8), grey + around(0, 8), grey + around(0, 8)],
    tint: [around(0, 14), around(0, 14), around(0, 14)],
    light: [around(0, 0.16), around(0, 0.16)],
  };
};

const NOISE = 5;

/**
 * Draws a thing: shape by shape, each edge blended over one pixel by its signed distance, then light and noise.
 *
 * @param random decides how the picture is taken; the same draws give the same picture
 */
export const drawPicture = (
  parts: readonly Part[],
  { paint, pattern }: Look,
  side: number,
  random: Random,
): Picture => {
  const shot = drawShot(random);
  const body = shifted(COLOURS[paint], shot.tint);
  const [second, trim] = [contrast(body, 62), contrast(body, 108)];
  const data = new Uint8Array(side * side * 3);
  const [cos, sin] = [Math.cos(shot.turn), Math.sin(shot.turn)];
  const pixel = 2 / side / Math.min(...shot.zoom);
  const placed = parts.map((part) => ({ part, reach: reachOf(part) }));
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [left, down] = [((column + 0.5) * 2) / side - 1, ((row + 0.5) * 2) / side - 1];
      const [moved, sunk] = [left - shot.shift[0], down - shot.shift[1]];
      const x = (cos * moved + sin * sunk) / shot.zoom[0];
      const y = (cos * sunk - sin * moved) / shot.zoom[1];
      let colour = shot.background;
      for (const { part, reach } of placed) {
        // Most parts are far from most pixels.
        if (Math.abs(x - reach.x) > reach.halfWidth + pixel || Math.abs(y - reach.y) > reach.halfHeight + pixel)
          continue;
        const cover = Math.min(1, 0.5 - distance(part, x, y) / pixel);
        if (cover <= 0) continue;
        colour = mixed(colour, inkAt(part, x, y), cover);
      }
      const light = 1 + left * shot.light[0] + down * shot.light[1];
      const noise = NOISE * (2 * random.next() - 1);
      for (let channel = 0; channel < 3; channel++)
        data[(row * side + column) * 3 + channel] = byte((colour[channel] as number) * light + noise);
    }
  }
  return { width: side, height: side, data };

  function inkAt({ ink }: Part, x: number, y: number): Colour {
    if (ink === 'cut') return shot.background;
    if (ink === 'trim') return trim;
    return isMarked(pattern, x, y) ? second : body;
  }
};

/** Whether the pattern's second colour is there. */
const isMarked = (pattern: Pattern, x: number, y: number): boolean => {
  switch (pattern) {
    case 'plain':
      return false;
    case 'striped':
      return odd(y / 0.11);
    case 'checked':
      return odd(x / 0.17) !== odd(y / 0.17);
    case 'dotted':
      return Math.hypot(fromMiddle(x / 0.2), fromMiddle(y / 0.2)) < 0.28;
    case 'diagonal':
      return odd((x + y) / 0.17);
    case 'halved':
      return x > 0;
  }
};

const odd = (value: number): boolean => Math.floor(value) % 2 !== 0;
const fromMiddle = (value: number): number => value - Math.floor(value) - 0.5;

/** The upright rectangle around a surface. */
const reachOf = (
  surface: Surface,
): { readonly x: number; readonly y: number; readonly halfWidth: number; readonly halfHeight: number } => {
  if (surface.kind === 'box' || surface.kind === 'ellipse')
    return { x: surface.at[0], y: surface.at[1], halfWidth: surface.half[0], halfHeight: surface.half[1] };
  const [points, margin] =
    surface.kind === 'line' ? [[surface.from, surface.to], surface.width / 2] : [surface.corners, 0];
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return {
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    halfWidth: (right - left) / 2 + margin,
    halfHeight: (bottom - top) / 2 + margin,
  };
};

/** Below 0 inside, by Inigo Quilez, "2D distance functions"; that of an ellipse is approximate away from its edge. */
const distance = (surface: Surface, x: number, y: number): number => {
  switch (surface.kind) {
    case 'box': {
      const { at, half, corner } = surface;
      const [across, along] = [Math.abs(x - at[0]) - half[0] + corner, Math.abs(y - at[1]) - half[1] + corner];
      return Math.hypot(Math.max(across, 0), Math.max(along, 0)) + Math.min(Math.max(across, along), 0) - corner;
    }
    case 'ellipse': {
      const { at, half } = surface;
      return (Math.hypot((x - at[0]) / half[0], (y - at[1]) / half[1]) - 1) * Math.min(half[0], half[1]);
    }
    case 'line':
      return toSegment(surface.from, surface.to, x, y) - surface.width / 2;
    case 'polygon': {
      const { corners } = surface;
      let nearest = Infinity;
      let inside = false;
      for (const [place, from] of corners.entries()) {
        const to = corners[(place + 1) % corners.length] as Point;
        nearest = Math.min(nearest, toSegment(from, to, x, y));
        const crosses = from[1] > y !== to[1] > y;
        if (crosses && x < from[0] + ((y - from[1]) * (to[0] - from[0])) / (to[1] - from[1])) inside = !inside;
      }
      return inside ? -nearest : nearest;
    }
  }
};

const toSegment = (from: Point, to: Point, x: number, y: number): number => {
  const [spanX, spanY] = [to[0] - from[0], to[1] - from[1]];
  const [awayX, awayY] = [x - from[0], y - from[1]];
  const along = Math.max(0, Math.min(1, (awayX * spanX + awayY * spanY) / (spanX * spanX + spanY * spanY)));
  return Math.hypot(awayX - spanX * along, awayY - spanY * along);
};

const shifted = (colour: Colour, by: Colour): Colour => [colour[0] + by[0], colour[1] + by[1], colour[2] + by[2]];

const mixed = (below: Colour, above: Colour, cover: number): Colour => [
  below[0] + (above[0] - below[0]) * cover,
  below[1] + (above[1] - below[1]) * cover,
  below[2] + (above[2] - below[2]) * cover,
];

/** Lighter on the dark, darker on the light. */
const contrast = (colour: Colour, by: number): Colour => {
  const step = colour[0] + colour[1] + colour[2] < 330 ? by : -by;
  return shifted(colour, [step, step, step]);
};

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
