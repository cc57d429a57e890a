import { open, type FileHandle } from 'node:fs/promises';

const DIGEST_BYTES = 32;

/**
 * Features of photos in a file, by the photo's SHA-256. What was added stays there, however the process ends: a record that was not written to
 * its end is cut off at the next opening. One process at a time.
 */
export class FeatureCache {
  private constructor(
    private readonly file: FileHandle,
    private readonly dimensions: number,
    private readonly known: Map<string, Float32Array>,
  ) {}

  /** @param dimensions of each photo's features, the same at every opening */
  static async open(path: string, dimensions: number): Promise<FeatureCache> {
    const file = await open(path, 'a+');
    const bytes = await file.readFile();
    const recordBytes = DIGEST_BYTES + dimensions * Float32Array.BYTES_PER_ELEMENT;
    const end = bytes.byteLength - (bytes.byteLength % recordBytes);
    if (end < bytes.byteLength) await file.truncate(end);
    const known = new Map<string, Float32Array>();
    for (let at = 0; at < end; at += recordBytes) {
      const digest = bytes.toString('hex', at, at + DIGEST_BYTES);
      // A copy, because a view would have to begin at a multiple of four.
      known.set(digest, new Float32Array(new Uint8Array(bytes.subarray(at + DIGEST_BYTES, at + recordBytes)).buffer));
    }
    return new FeatureCache(file, dimensions, known);
  }

  /** Photos whose features are there. */
  get size(): number {
    return this.known.size;
  }

  /** @param digest SHA-256 of the photo, in hexadecimal */
  get(digest: string): Float32Array | undefined {
    return this.known.get(digest);
  }

  async add(digest: string, features: Float32Array): Promise<void> {
    if (features.length !== this.dimensions) {
      throw new RangeError(`a photo has ${features.length} features instead of ${this.dimensions}`);
    }
    const record = Buffer.concat([
      Buffer.from(digest, 'hex'),
      Buffer.from(features.buffer, features.byteOffset, features.byteLength),
    ]);
    await this.file.appendFile(record);
    this.known.set(digest, features.slice());
  }

  async close(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }
}
