import type { RgbImage } from '../images/rgb-image.js';

/** Each pixel of the result is the mean of four. Width and height are even. */
export const halve = (image: RgbImage): RgbImage => {
  const { data } = image;
  const width = image.width / 2;
  const height = image.height / 2;
  const halved = new Uint8Array(width * height * 3);
  const below = image.width * 3;
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++) {
        const from = 2 * y * below + 2 * x * 3 + channel;
        const sum =
          (data[from] as number) +
          (data[from + 3] as number) +
          (data[from + below] as number) +
          (data[from + below + 3] as number);
        halved[to++] = Math.round(sum / 4);
      }
  return { width, height, data: halved };
};
