import { deflateRawSync, deflateSync, crc32 } from 'node:zlib';
import sharp from 'sharp';

type Rgb = readonly [red: number, green: number, blue: number];

export const RED: Rgb = [220, 30, 40];
export const BLUE: Rgb = [20, 40, 200];

/** Its left half has one colour and its right half another. */
export const twoHalves = (width: number, height: number, left: Rgb, right: Rgb) => {
  const data = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) data.set(pixel % width < width / 2 ? left : right, pixel * 3);
  return sharp(data, { raw: { width, height, channels: 3 } });
};

/** Photos that move: as many frames as colours. */
export const animated = async (colours: readonly Rgb[]) => {
  const frames = await Promise.all(colours.map((colour) => twoHalves(20, 20, colour, colour).raw().toBuffer()));
  return sharp(Buffer.concat(frames), { raw: { width: 20, height: 20 * frames.length, channels: 3, pageHeight: 20 } })
    .webp({ lossless: true })
    .toBuffer();
};

const chunk = (type: string, content: Buffer) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};

/** A black-and-white PNG of any size: an eighth of a byte a pixel before, next to nothing after compression. */
export const blackPng = (width: number, height: number) => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** A JPEG whose header claims other measures than its data has. */
export const claiming = (jpeg: Buffer, width: number, height: number) => {
  const claimed = Buffer.from(jpeg);
  const frame = claimed.indexOf(Buffer.from([0xff, 0xc0]));
  claimed.writeUInt16BE(height, frame + 5);
  claimed.writeUInt16BE(width, frame + 7);
  return claimed;
};

/** An archive of one file. */
export const zipOf = (name: string, content: Buffer) => {
  const packed = deflateRawSync(content);
  const about = Buffer.alloc(26);
  about.writeUInt16LE(20, 0);
  about.writeUInt16LE(8, 4);
  about.writeUInt32LE(crc32(content), 10);
  about.writeUInt32LE(packed.length, 14);
  about.writeUInt32LE(content.length, 18);
  about.writeUInt16LE(name.length, 22);
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, Buffer.from(name), packed]);
};
