import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { smallCnn, type PhotoToLearn } from '@offerstream/vision';
import type { ProgressBar } from '../line/progress-bar.js';
import { trainNetwork } from './train-network.js';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cnn-'));
});
afterEach(() => rm(data, { recursive: true }));

const chunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};

/** A PNG of one colour. */
const png = (side: number, colour: readonly number[]): Buffer => {
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const row = Buffer.from([0, ...Array.from({ length: side }, () => colour).flat()]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: side }, () => row)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** Red and blue ones, three of four to learn from. */
const photos: readonly PhotoToLearn[] = Array.from({ length: 24 }, (_, i) => {
  const shade = 100 + 5 * i;
  const [label, colour] = i % 2 === 0 ? (['red', [shade, 20, 30]] as const) : (['blue', [20, 30, shade]] as const);
  return {
    label,
    split: i % 8 < 6 ? ('train' as const) : ('validation' as const),
    sha256: i.toString(16).padStart(64, '0'),
    read: () => Promise.resolve(png(32, colour)),
  };
});

const train = async (signal = new AbortController().signal, onProgress: () => void = () => undefined) => {
  const told: string[] = [];
  const bar = { tell: (line: string) => told.push(line) } as unknown as ProgressBar;
  const network = await trainNetwork({
    network: smallCnn(),
    photos,
    epochs: 3,
    seed: 1,
    data,
    bar,
    signal,
    onProgress,
  });
  return { network, told };
};

test('makes features of photos, and is not trained again for the same photos', async () => {
  const { network, told } = await train();
  expect(network.input).toEqual({ kind: 'pixels', width: 64, height: 64, resize: 'fill' });
  expect(network.parts).toEqual([128]);
  expect(told).toHaveLength(3);
  expect(told.at(-1)).toMatch(/^epoch 3 of 3: .* right about .* %/);

  const again = await train();
  expect(again.told.filter((line) => line.includes('right about'))).toEqual([]);
  expect(again.network.graph.model().toBuffer().equals(network.graph.model().toBuffer())).toBe(true);
});

test('goes on after an interruption', async () => {
  const interrupt = new AbortController();
  let reports = 0;
  const stopAfterAnEpoch = (): void => {
    // The first is of the decoding.
    if ((reports += 1) === 2) interrupt.abort(new Error('interrupted'));
  };
  await expect(train(interrupt.signal, stopAfterAnEpoch)).rejects.toThrow('interrupted');
  const { told } = await train();
  expect(told[0]).toMatch(/^Going on with the network in epoch 2, after \d+ steps\.$/);
});
