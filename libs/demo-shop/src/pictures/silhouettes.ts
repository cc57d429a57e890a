/** What covers a part of a picture: the thing's own colour and pattern, its trimmings, or nothing but what is behind it. */
export type Ink = 'body' | 'trim' | 'cut';

/** A surface in a plane from -1 to 1, y downwards; later parts cover earlier ones. */
export type Part = { readonly ink: Ink } & Surface;
export type Surface =
  | { readonly kind: 'box'; readonly at: Point; readonly half: Point; readonly corner: number }
  | { readonly kind: 'ellipse'; readonly at: Point; readonly half: Point }
  | { readonly kind: 'line'; readonly from: Point; readonly to: Point; readonly width: number }
  | { readonly kind: 'polygon'; readonly corners: readonly Point[] };
export type Point = readonly [x: number, y: number];

const box = (x: number, y: number, halfWidth: number, halfHeight: number, corner = 0.04, ink: Ink = 'body'): Part => ({
  kind: 'box',
  at: [x, y],
  half: [halfWidth, halfHeight],
  corner,
  ink,
});
const oval = (x: number, y: number, halfWidth: number, halfHeight = halfWidth, ink: Ink = 'body'): Part => ({
  kind: 'ellipse',
  at: [x, y],
  half: [halfWidth, halfHeight],
  ink,
});
const line = (x1: number, y1: number, x2: number, y2: number, width: number, ink: Ink = 'trim'): Part => ({
  kind: 'line',
  from: [x1, y1],
  to: [x2, y2],
  width,
  ink,
});
/** @param flat x and y of each corner */
const shape = (ink: Ink, ...flat: readonly number[]): Part => ({
  kind: 'polygon',
  corners: Array.from({ length: flat.length / 2 }, (_, corner): Point => [
    flat[2 * corner] as number,
    flat[2 * corner + 1] as number,
  ]),
  ink,
});
/** A part and the same on the other side. */
const both = (part: Part): readonly Part[] => [part, mirrored(part)];

const mirrored = (part: Part): Part => {
  switch (part.kind) {
    case 'polygon':
      return { ...part, corners: part.corners.map(([x, y]): Point => [-x, y]) };
    case 'line':
      return { ...part, from: [-part.from[0], part.from[1]], to: [-part.to[0], part.to[1]] };
    case 'box':
    case 'ellipse':
      return { ...part, at: [-part.at[0], part.at[1]] };
  }
};

/** `count` parts side by side, `step` apart. */
const row = (count: number, [stepX, stepY]: Point, part: (x: number, y: number) => Part): readonly Part[] =>
  Array.from({ length: count }, (_, place) => {
    const from = place - (count - 1) / 2;
    return part(from * stepX, from * stepY);
  });

/** How a thing of each category looks, whatever its colour and pattern. */
export const SILHOUETTES: Readonly<Record<string, readonly Part[]>> = {
  'Running Shoes': [
    shape('body', -0.85, 0.3, -0.8, -0.3, -0.45, -0.35, -0.05, 0, 0.6, 0.1, 0.85, 0.32),
    shape('trim', -0.9, 0.28, 0.88, 0.3, 0.8, 0.5, -0.75, 0.58),
    ...row(3, [0.18, 0.11], (x, y) => line(x - 0.3, y - 0.08, x - 0.15, y - 0.22, 0.05)),
  ],
  'Running Jackets': [
    shape('body', -0.4, -0.6, 0.4, -0.6, 0.45, 0.7, -0.45, 0.7),
    ...both(shape('body', 0.38, -0.6, 0.6, -0.45, 0.88, 0.5, 0.66, 0.58, 0.42, -0.1)),
    oval(0, -0.68, 0.24, 0.2),
    oval(0, -0.62, 0.13, 0.12, 'trim'),
    line(0, -0.5, 0, 0.7, 0.05),
  ],
  'Running Tights': [
    box(0, -0.72, 0.4, 0.14, 0.04),
    ...both(shape('body', 0, -0.7, 0.4, -0.7, 0.36, 0.1, 0.26, 0.88, 0.12, 0.88, 0.1, 0.1)),
    line(-0.38, -0.8, 0.38, -0.8, 0.07),
  ],
  'Running Watches': [
    box(0, 0, 0.2, 0.88, 0.08),
    oval(0, 0, 0.44),
    oval(0, 0, 0.33, 0.33, 'trim'),
    box(0.48, 0, 0.06, 0.1, 0.02),
  ],
  Hydration: [
    box(0, 0.2, 0.36, 0.62, 0.16),
    shape('body', -0.34, -0.3, -0.14, -0.6, 0.14, -0.6, 0.34, -0.3),
    box(0, -0.7, 0.15, 0.14, 0.04, 'trim'),
    box(0, 0.2, 0.37, 0.05, 0, 'trim'),
  ],
  Tents: [
    shape('body', 0, -0.65, 0.92, 0.6, -0.92, 0.6),
    shape('trim', 0, -0.35, 0.26, 0.6, -0.26, 0.6),
    line(-0.95, 0.62, 0.95, 0.62, 0.05),
  ],
  'Sleeping Bags': [
    oval(0, -0.5, 0.42, 0.4),
    shape('body', -0.42, -0.5, 0.42, -0.5, 0.24, 0.8, -0.24, 0.8),
    oval(0, 0.8, 0.24, 0.1),
    oval(0, -0.52, 0.22, 0.2, 'trim'),
    line(0.1, -0.25, 0.1, 0.6, 0.04),
  ],
  Backpacks: [
    ...both(box(0.5, 0.25, 0.1, 0.34, 0.1, 'trim')),
    box(0, 0.1, 0.46, 0.72, 0.24),
    box(0, 0.38, 0.32, 0.26, 0.08, 'trim'),
    line(-0.14, -0.72, 0.14, -0.72, 0.1),
    line(-0.3, -0.1, 0.3, -0.1, 0.04),
  ],
  'Hiking Boots': [
    shape('body', -0.62, -0.75, 0.05, -0.75, 0.1, -0.1, 0.72, 0.12, 0.8, 0.48, -0.66, 0.48),
    box(0.06, 0.56, 0.76, 0.12, 0.04, 'trim'),
    ...row(4, [0.02, 0.2], (x, y) => line(x - 0.12, y - 0.4, x + 0.1, y - 0.36, 0.06)),
  ],
  'Camp Kitchen': [
    box(0, 0, 0.5, 0.3, 0.08),
    line(-0.55, -0.3, 0.55, -0.3, 0.08),
    line(0.5, -0.1, 0.95, -0.2, 0.09),
    ...both(line(0.2, 0.34, 0.42, 0.7, 0.06)),
    oval(0, 0.46, 0.2, 0.1, 'trim'),
  ],
  Helmets: [
    oval(0, 0.1, 0.82, 0.66),
    shape('cut', -1, 0.32, 1, 0.32, 1, 1, -1, 1),
    ...row(3, [0.44, 0], (x) => oval(x, -0.1, 0.1, 0.26, 'trim')),
    line(-0.8, 0.34, 0.8, 0.34, 0.07),
    line(0.5, 0.36, 0.1, 0.8, 0.04),
    line(-0.5, 0.36, 0.1, 0.8, 0.04),
  ],
  'Cycling Jerseys': [
    shape('body', -0.4, -0.62, 0.4, -0.62, 0.44, 0.7, -0.44, 0.7),
    ...both(shape('body', 0.38, -0.62, 0.8, -0.24, 0.64, 0.02, 0.4, -0.2)),
    line(0, -0.62, 0, -0.1, 0.05),
    ...row(3, [0.28, 0], (x) => box(x, 0.52, 0.11, 0.12, 0.02, 'trim')),
  ],
  'Bike Lights': [
    box(-0.45, 0, 0.34, 0.26, 0.1),
    shape('body', -0.15, -0.26, 0.1, -0.38, 0.1, 0.38, -0.15, 0.26),
    shape('trim', 0.14, -0.34, 0.92, -0.7, 0.92, 0.7, 0.14, 0.34),
    box(-0.45, 0.4, 0.1, 0.14, 0.02),
  ],
  Panniers: [
    shape('body', -0.6, -0.4, 0.6, -0.4, 0.48, 0.75, -0.48, 0.75),
    box(0, -0.34, 0.64, 0.16, 0.06, 'trim'),
    ...both(box(0.34, -0.62, 0.06, 0.14, 0.03, 'trim')),
    ...both(line(0.34, -0.2, 0.34, 0.2, 0.08)),
  ],
  'Bike Tools': [
    line(-0.55, 0.55, 0.55, -0.55, 0.2, 'body'),
    oval(0.6, -0.6, 0.28),
    oval(0.7, -0.7, 0.14, 0.14, 'cut'),
    oval(-0.6, 0.6, 0.26),
    oval(-0.6, 0.6, 0.13, 0.13, 'cut'),
  ],
  Pans: [
    line(0.3, -0.3, 0.9, -0.84, 0.14),
    oval(-0.2, 0.2, 0.6),
    oval(-0.2, 0.2, 0.46, 0.46, 'trim'),
    oval(-0.2, 0.2, 0.4),
  ],
  'Kitchen Knives': [
    shape('body', -0.2, -0.16, 0.7, -0.12, 0.92, 0.06, 0.5, 0.14, -0.2, 0.14),
    box(-0.55, 0, 0.36, 0.12, 0.06, 'trim'),
    ...row(2, [0.3, 0], (x) => oval(x - 0.55, 0, 0.04, 0.04, 'cut')),
  ],
  'Coffee Makers': [
    shape('body', -0.3, -0.4, 0.3, -0.4, 0.48, 0.7, -0.48, 0.7),
    shape('body', 0.2, -0.4, 0.62, -0.36, 0.28, -0.05),
    shape('trim', -0.32, -0.4, 0, -0.72, 0.32, -0.4),
    line(-0.36, -0.3, -0.78, -0.2, 0.09),
    line(-0.78, -0.2, -0.7, 0.35, 0.09),
    box(0, 0.1, 0.4, 0.05, 0, 'trim'),
  ],
  Tableware: [oval(0, 0, 0.86), oval(0, 0, 0.6, 0.6, 'trim'), oval(0, 0, 0.55)],
  Bakeware: [
    shape('body', -0.85, -0.25, 0.85, -0.25, 0.66, 0.4, -0.66, 0.4),
    line(-0.9, -0.27, 0.9, -0.27, 0.1),
    ...row(5, [0.27, 0], (x) => line(x, -0.1, x * 0.9, 0.3, 0.05)),
  ],
  Lamps: [
    shape('body', -0.3, -0.85, 0.3, -0.85, 0.6, -0.1, -0.6, -0.1),
    line(0, -0.1, 0, 0.75, 0.09),
    oval(0, 0.8, 0.4, 0.1, 'trim'),
  ],
  Rugs: [
    box(0, 0, 0.86, 0.56, 0.02),
    ...row(12, [0.15, 0], (x) => line(x, 0.56, x, 0.7, 0.03)),
    ...row(12, [0.15, 0], (x) => line(x, -0.56, x, -0.7, 0.03)),
    box(0, 0, 0.34, 0.2, 0.02, 'trim'),
  ],
  Bedding: [
    box(0, 0.28, 0.9, 0.42, 0.12),
    ...both(box(0.44, -0.4, 0.38, 0.2, 0.16, 'trim')),
    box(0, -0.12, 0.9, 0.08, 0.04, 'trim'),
  ],
  Shelving: [
    box(0, 0, 0.62, 0.88, 0.02),
    ...row(3, [0, 0.56], (_, y) => box(0, y, 0.52, 0.2, 0, 'cut')),
    ...row(2, [0.3, 0], (x) => box(x, -0.02, 0.07, 0.18, 0, 'trim')),
  ],
  Candles: [
    box(0, 0.35, 0.32, 0.48, 0.06),
    line(0, -0.14, 0, -0.3, 0.04),
    oval(0, -0.46, 0.1, 0.2, 'trim'),
    oval(0, -0.12, 0.32, 0.07, 'trim'),
  ],
  Headphones: [
    oval(0, -0.02, 0.78, 0.78),
    oval(0, 0.02, 0.64, 0.68, 'cut'),
    shape('cut', -1, 0.2, 1, 0.2, 1, 1, -1, 1),
    ...both(box(0.68, 0.3, 0.2, 0.36, 0.14, 'trim')),
    ...both(box(0.6, 0.3, 0.1, 0.34, 0.08)),
  ],
  Speakers: [
    box(0, 0, 0.5, 0.88, 0.08),
    oval(0, 0.3, 0.36, 0.36, 'trim'),
    oval(0, 0.3, 0.14),
    oval(0, -0.46, 0.2, 0.2, 'trim'),
  ],
  Keyboards: [
    box(0, 0, 0.94, 0.4, 0.06),
    ...[-0.2, 0, 0.2].flatMap((y) => row(8, [0.22, 0], (x) => box(x, y, 0.07, 0.06, 0.02, 'trim'))),
  ],
  Cameras: [
    box(0, 0.1, 0.82, 0.5, 0.1),
    box(-0.1, -0.46, 0.26, 0.14, 0.04),
    oval(0.05, 0.12, 0.38, 0.38, 'trim'),
    oval(0.05, 0.12, 0.2),
    box(0.6, -0.2, 0.1, 0.06, 0, 'trim'),
  ],
  Chargers: [
    box(-0.2, -0.1, 0.4, 0.4, 0.12),
    ...row(2, [0.3, 0], (x) => box(x - 0.2, -0.62, 0.05, 0.14, 0, 'trim')),
    line(-0.2, 0.3, -0.1, 0.7, 0.06),
    line(-0.1, 0.7, 0.7, 0.6, 0.06),
    line(0.7, 0.6, 0.8, -0.1, 0.06),
    box(0.8, -0.2, 0.1, 0.16, 0.02, 'trim'),
  ],
  Dresses: [
    shape('body', -0.2, -0.62, 0.2, -0.62, 0.2, -0.1, 0.62, 0.85, -0.62, 0.85, -0.2, -0.1),
    ...both(line(0.16, -0.6, 0.12, -0.9, 0.06, 'body')),
    line(-0.22, -0.1, 0.22, -0.1, 0.08),
  ],
  Knitwear: [
    shape('body', -0.44, -0.5, 0.44, -0.5, 0.46, 0.62, -0.46, 0.62),
    ...both(shape('body', 0.42, -0.5, 0.62, -0.36, 0.8, 0.6, 0.56, 0.64, 0.44, -0.05)),
    box(0, -0.62, 0.2, 0.18, 0.06, 'trim'),
    box(0, 0.66, 0.46, 0.07, 0.02, 'trim'),
    ...both(box(0.68, 0.64, 0.13, 0.06, 0.02, 'trim')),
  ],
  Jeans: [
    shape('body', -0.42, -0.85, 0.42, -0.85, 0.5, 0.88, 0.1, 0.88, 0, -0.25, -0.1, 0.88, -0.5, 0.88),
    line(-0.42, -0.8, 0.42, -0.8, 0.09),
    line(0, -0.75, 0, -0.35, 0.04),
    ...both(line(0.2, -0.68, 0.42, -0.5, 0.04)),
  ],
  Shirts: [
    shape('body', -0.42, -0.6, 0.42, -0.6, 0.42, 0.75, -0.42, 0.75),
    ...both(shape('body', 0.4, -0.6, 0.58, -0.48, 0.72, 0.5, 0.54, 0.52, 0.4, -0.05)),
    ...both(shape('trim', 0, -0.5, 0.08, -0.76, 0.26, -0.62, 0.14, -0.38)),
    ...row(5, [0, 0.24], (_, y) => oval(0, y + 0.12, 0.035, 0.035, 'trim')),
  ],
  Sneakers: [
    shape('body', -0.85, 0.28, -0.82, -0.12, -0.5, -0.2, 0, -0.02, 0.5, 0.02, 0.84, 0.28),
    box(0, 0.4, 0.88, 0.13, 0.02, 'trim'),
    shape('trim', 0.5, 0.02, 0.84, 0.28, 0.5, 0.28),
    oval(-0.45, 0.06, 0.12, 0.12, 'trim'),
  ],
  'Face Care': [
    box(0, 0.25, 0.62, 0.4, 0.12),
    box(0, -0.3, 0.66, 0.17, 0.04, 'trim'),
    box(0, 0.28, 0.34, 0.12, 0, 'cut'),
  ],
  'Hair Care': [
    box(0, 0.28, 0.34, 0.58, 0.1),
    box(0, -0.4, 0.12, 0.12, 0.02, 'trim'),
    line(0, -0.5, 0, -0.72, 0.06),
    box(-0.12, -0.78, 0.26, 0.06, 0.03, 'trim'),
    box(0, 0.28, 0.22, 0.26, 0, 'trim'),
  ],
  Perfume: [
    box(0, 0.25, 0.5, 0.5, 0.06),
    box(0, 0.3, 0.32, 0.3, 0.02, 'cut'),
    box(0, -0.33, 0.12, 0.08, 0, 'trim'),
    oval(0, -0.6, 0.22, 0.22, 'trim'),
  ],
  'Make-up': [
    box(0, 0.5, 0.24, 0.38, 0.03, 'trim'),
    box(0, 0.04, 0.19, 0.12, 0),
    shape('body', -0.15, -0.06, -0.15, -0.7, 0.15, -0.45, 0.15, -0.06),
  ],
  'Sun Care': [
    shape('body', -0.5, -0.85, 0.5, -0.85, 0.34, 0.5, -0.34, 0.5),
    box(0, 0.68, 0.24, 0.17, 0.03, 'trim'),
    line(-0.52, -0.84, 0.52, -0.84, 0.08),
    oval(0, -0.2, 0.2, 0.2, 'trim'),
  ],
  'Garden Tools': [
    line(0, -0.8, 0, 0.2, 0.1),
    line(-0.22, -0.82, 0.22, -0.82, 0.1),
    shape('body', -0.32, 0.12, 0.32, 0.12, 0.3, 0.6, 0, 0.92, -0.3, 0.6),
  ],
  'Plant Pots': [
    shape('body', -0.5, 0, 0.5, 0, 0.34, 0.85, -0.34, 0.85),
    box(0, -0.02, 0.56, 0.1, 0.02),
    oval(0, -0.5, 0.12, 0.38, 'trim'),
    ...both(shape('trim', 0, -0.1, 0.2, -0.6, 0.62, -0.66, 0.4, -0.3)),
  ],
  Seeds: [
    box(0, 0, 0.5, 0.76, 0.02),
    line(-0.5, -0.66, 0.5, -0.66, 0.06),
    ...[0, 1, 2, 3, 4].map((petal) =>
      oval(0.2 * Math.cos((petal * 2 * Math.PI) / 5), 0.2 * Math.sin((petal * 2 * Math.PI) / 5), 0.14, 0.14, 'trim'),
    ),
    line(0, 0.2, 0, 0.62, 0.05),
  ],
  'Outdoor Furniture': [
    line(-0.5, -0.85, -0.3, 0.15, 0.12, 'body'),
    box(0.1, 0.16, 0.5, 0.09, 0.02),
    line(-0.3, 0.2, -0.5, 0.88, 0.09, 'body'),
    line(0.5, 0.2, 0.62, 0.88, 0.09, 'body'),
    line(-0.4, -0.2, 0.5, -0.2, 0.06),
    line(0.5, -0.2, 0.5, 0.15, 0.06),
  ],
  Grills: [
    oval(0, -0.2, 0.62, 0.5),
    line(-0.64, -0.2, 0.64, -0.2, 0.07),
    ...both(line(0.36, 0.2, 0.56, 0.88, 0.07)),
    line(0, 0.3, 0, 0.7, 0.06),
    line(-0.12, -0.74, 0.12, -0.74, 0.09),
    line(-0.5, 0.66, 0.5, 0.66, 0.04),
  ],
  'Wooden Toys': [
    box(-0.42, 0.5, 0.36, 0.36, 0.03),
    box(0.42, 0.5, 0.36, 0.36, 0.03, 'trim'),
    shape('body', -0.34, 0.1, 0, -0.62, 0.34, 0.1),
    box(0, 0.12, 0.36, 0.03, 0, 'trim'),
  ],
  'Board Games': [
    box(-0.08, 0.1, 0.66, 0.66, 0.02),
    ...[-0.3, 0.3].flatMap((y) => row(2, [0.6, 0], (x) => box(x - 0.08, y + 0.1, 0.15, 0.15, 0, 'trim'))),
    oval(0.66, -0.54, 0.15, 0.15, 'trim'),
    shape('trim', 0.66, -0.6, 0.9, 0.05, 0.42, 0.05),
  ],
  'Picture Books': [
    shape('body', 0, -0.4, 0.9, -0.56, 0.9, 0.44, 0, 0.6),
    shape('trim', 0, -0.4, -0.9, -0.56, -0.9, 0.44, 0, 0.6),
    ...row(3, [0, 0.2], (_, y) => line(-0.72, y - 0.08, -0.2, y, 0.05, 'cut')),
    oval(0.46, 0, 0.2, 0.2, 'trim'),
  ],
  Prams: [
    oval(0.05, -0.05, 0.66, 0.56),
    shape('cut', 0.05, -1, 1, -1, 1, -0.06, 0.05, -0.06),
    line(0.6, -0.1, 0.92, -0.6, 0.07),
    ...both(oval(0.4, 0.68, 0.2, 0.2, 'trim')),
    ...both(oval(0.4, 0.68, 0.1, 0.1, 'cut')),
    line(-0.6, -0.06, 0.7, -0.06, 0.05),
  ],
  'Baby Clothing': [
    box(0, -0.05, 0.36, 0.5, 0.1),
    ...both(shape('body', 0.3, -0.5, 0.78, -0.3, 0.7, -0.02, 0.34, -0.14)),
    ...both(box(0.24, 0.55, 0.15, 0.26, 0.1)),
    oval(0, -0.55, 0.16, 0.12, 'cut'),
    ...row(3, [0, 0.18], (_, y) => oval(0, y, 0.05, 0.05, 'trim')),
  ],
};
