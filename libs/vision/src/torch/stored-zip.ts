import { ByteReader } from './byte-reader.js';
import { damaged, TorchFileError } from './torch-file-error.js';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const MAX_COMMENT_SIZE = 0xffff;

/** Whether bytes begin as a zip file does. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.byteLength >= 4 && new ByteReader(bytes).uint32() === LOCAL_HEADER;

/**
 * The entries of a zip file that keeps them as they are (PKWARE, APPNOTE 6.3), as PyTorch writes it: views of the bytes, so that no claim
 * of a size costs memory.
 *
 * @throws {TorchFileError} `truncated`, `damaged`, `unsupported`
 */
export const storedEntries = (bytes: Uint8Array): ReadonlyMap<string, Uint8Array> => {
  const { count, directory } = endOf(bytes);
  const entries = new Map<string, Uint8Array>();
  const reader = new ByteReader(bytes.subarray(directory));
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (reader.uint32() !== CENTRAL_HEADER) throw damaged('its table of contents has something else in it');
    reader.take(6);
    const method = reader.uint16();
    reader.take(8);
    const storedSize = reader.uint32();
    const size = reader.uint32();
    const [nameSize, extraSize, commentSize] = [reader.uint16(), reader.uint16(), reader.uint16()];
    reader.take(8);
    const offset = reader.uint32();
    const name = reader.take(nameSize).toString();
    reader.take(extraSize + commentSize);
    if (method !== 0 || storedSize !== size) {
      throw new TorchFileError('unsupported', `"${name}" within the file is packed; PyTorch stores it as it is.`);
    }
    total += size;
    if (total > bytes.byteLength) throw damaged('its entries together have more bytes than it has');
    if (entries.has(name)) throw damaged(`it has "${name}" twice`);
    entries.set(name, contentAt(bytes, offset, size));
  }
  return entries;
};

const contentAt = (bytes: Uint8Array, offset: number, size: number): Uint8Array => {
  const reader = new ByteReader(bytes.subarray(offset));
  if (reader.uint32() !== LOCAL_HEADER) throw damaged('its table of contents points to something else');
  reader.take(22);
  const [nameSize, extraSize] = [reader.uint16(), reader.uint16()];
  reader.take(nameSize + extraSize);
  return reader.take(size);
};

/** The end of a zip file says where its table of contents is. Larger files than 4 GiB say it elsewhere, and are not read. */
const endOf = (bytes: Uint8Array): { readonly count: number; readonly directory: number } => {
  const first = Math.max(0, bytes.byteLength - END_SIZE - MAX_COMMENT_SIZE);
  for (let at = bytes.byteLength - END_SIZE; at >= first; at--) {
    const reader = new ByteReader(bytes.subarray(at));
    if (reader.uint32() !== END) continue;
    reader.take(6);
    const count = reader.uint16();
    reader.take(4);
    return { count, directory: reader.uint32() };
  }
  throw new TorchFileError('truncated', 'The file has no end: download or copy it again.');
};
