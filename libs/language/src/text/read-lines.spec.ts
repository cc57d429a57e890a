import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MAX_LINE_BYTES, readLines } from './read-lines.js';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lines-'))));
afterAll(() => rm(folder, { recursive: true }));

const read = async (path: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
};

const linesOf = async (bytes: Uint8Array | string): Promise<string[]> => {
  const path = join(folder, 'text');
  await writeFile(path, bytes);
  return read(path);
};

test('lines end with LF, CR LF or the file; empty ones count, and a byte order mark is none of the text', async () => {
  expect(await linesOf('\uFEFFone\r\n\n\uFEFFtwo\nthrée')).toEqual(['one', '', '\uFEFFtwo', 'thrée']);
  expect(await linesOf('one\n')).toEqual(['one']);
  expect(await linesOf('')).toEqual([]);
});

test('a line may lie across the chunks that the file comes in', async () => {
  const lines = Array.from({ length: 7 }, (_, i) => 'é'.repeat(50_000 + i));
  expect(await linesOf(lines.join('\n'))).toEqual(lines);
});

test('a compressed file is read as the text in it', async () => {
  expect(await linesOf(gzipSync('one\ntwo\n'))).toEqual(['one', 'two']);
});

test('a compressed file that is cut off is refused', async () => {
  const whole = gzipSync('one two three\n'.repeat(100));
  await expect(linesOf(whole.subarray(0, 40))).rejects.toMatchObject({ code: 'file-unreadable' });
});

test('the line that is no text is named', async () => {
  const bytes = Buffer.concat([Buffer.from('one\ntwo\n'), Buffer.from([0x61, 0xff, 0x62]), Buffer.from('\nfour\n')]);
  await expect(linesOf(bytes)).rejects.toMatchObject({
    code: 'not-text',
    message: expect.stringContaining('line 3') as string,
  });
  await expect(linesOf('one\nt\0wo\n')).rejects.toMatchObject({
    code: 'not-text',
    message: expect.stringContaining('line 2') as string,
  });
});

test('a line of the longest length is read, a longer one is named', async () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES);
  expect(await linesOf(`${longest}\nend`)).toEqual([longest, 'end']);
  for (const end of ['', '\nend']) {
    await expect(linesOf(`one\n${longest}x${end}`)).rejects.toMatchObject({
      code: 'line-too-long',
      message: expect.stringContaining('line 2') as string,
    });
  }
});

test('a file that is not there is named', async () => {
  await expect(read(join(folder, 'nowhere'))).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining('nowhere') as string,
  });
});
