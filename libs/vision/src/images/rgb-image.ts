/** Pixels in memory. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], red, green, blue. */
  readonly data: Uint8Array;
}
