/** Square windows over an image. */
export interface Windows {
  /** Height and width of a window. */
  readonly kernel: number;
  /** How far a window moves, down and to the right; default 1. */
  readonly stride?: number;
  /** Rows and columns around the image that windows may reach into; default 0. */
  readonly padding?: number;
}

/** Tables that make windows of images by one `Gather`, and their gradient by another. */
export interface WindowPlaces {
  /** Windows from top to bottom, and from left to right. */
  readonly rows: number;
  readonly columns: number;
  /**
   * By element of the kernel and by window: the place in the image, counted row by row; the image's number of places where it lies
   * outside. [kernel², rows · columns]
   */
  readonly places: readonly (readonly number[])[];
  /**
   * The other way round: who has a place of the image. As many lists as the place that most have; in each, by place, an element of the
   * kernel times (windows + 1) plus a window; the last of those, a window that does not exist, where there is none left.
   */
  readonly owners: readonly (readonly number[])[];
}

export const windowPlaces = (
  height: number,
  width: number,
  { kernel, stride = 1, padding = 0 }: Windows,
): WindowPlaces => {
  const windowsAlong = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const [rows, columns] = [windowsAlong(height), windowsAlong(width)];
  const windows = rows * columns;
  const outside = height * width;
  const ownersOf: number[][] = Array.from({ length: outside }, () => []);
  const places = Array.from({ length: kernel * kernel }, (_, element) =>
    Array.from({ length: windows }, (__, window) => {
      const y = Math.floor(window / columns) * stride + Math.floor(element / kernel) - padding;
      const x = (window % columns) * stride + (element % kernel) - padding;
      if (y < 0 || y >= height || x < 0 || x >= width) return outside;
      ownersOf[y * width + x]?.push(element * (windows + 1) + window);
      return y * width + x;
    }),
  );
  const most = Math.max(...ownersOf.map(({ length }) => length));
  const owners = Array.from({ length: most }, (_, i) => ownersOf.map((list) => list[i] ?? windows));
  return { rows, columns, places, owners };
};
