import sharp from 'sharp';

// A loader that is not there can't be talked into opening what an image names: an SVG pulls in files, others unpack anything. Only bytes
// in memory are read, of three types.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'] });

// Photos are decoded side by side, each on one thread, and hardly ever twice.
sharp.concurrency(1);
sharp.cache(false);

/** sharp as it may be used on bytes that come from outside. */
export const vips = sharp;
