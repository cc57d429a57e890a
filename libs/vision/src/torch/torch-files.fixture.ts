import type { Tensor } from '@offerstream/onnx';

/** A pickle's operations as they stand in a file (CPython, Lib/pickletools.py). */
export const MARK = Buffer.from('(');
export const TUPLE = Buffer.from('t');
export const NONE = Buffer.from('N');
export const FALSE = Buffer.of(0x89);
export const TRUE = Buffer.of(0x88);
export const REDUCE = Buffer.from('R');
export const STOP = Buffer.from('.');
export const EMPTY_LIST = Buffer.from(']');
export const EMPTY_TUPLE = Buffer.from(')');
export const EMPTY_DICT = Buffer.from('}');
export const PERSISTENT = Buffer.from('Q');

export const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint16 = (value: number): Buffer => uint32(value).subarray(0, 2);
const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
};

export const text = (value: string): Buffer =>
  joined(Buffer.from('X'), uint32(Buffer.byteLength(value)), Buffer.from(value));
export const textOfPython2 = (value: string): Buffer => joined(Buffer.of(0x55, value.length), Buffer.from(value));
/** As Python writes what does not fit into four bytes. */
export const integer = (value: number): Buffer => joined(Buffer.of(0x8a, 8), int64(value));
export const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
export const tuple = (...items: readonly Uint8Array[]): Buffer => joined(MARK, ...items, TUPLE);
export const list = (...items: readonly Uint8Array[]): Buffer => joined(EMPTY_LIST, MARK, ...items, Buffer.from('e'));
export const items = (...keysAndValues: readonly Uint8Array[]): Buffer =>
  joined(MARK, ...keysAndValues, Buffer.from('u'));
export const remembered = (value: Uint8Array, key: number): Buffer => joined(value, Buffer.of(0x71, key));
export const recalled = (key: number): Buffer => Buffer.of(0x68, key);
export const pickle = (...parts: readonly Uint8Array[]): Buffer => joined(Buffer.of(0x80, 2), ...parts, STOP);

export const ordered = joined(global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE);

/** A reference to a storage. */
export const storage = (key: string, length: number, type = 'FloatStorage'): Buffer =>
  joined(tuple(text('storage'), global('torch', type), text(key), text('cpu'), integer(length), NONE), PERSISTENT);

export const tensorIn = (from: Uint8Array, shape: readonly number[], strides: readonly number[], offset = 0): Buffer =>
  joined(
    global('torch._utils', '_rebuild_tensor_v2'),
    tuple(from, integer(offset), tuple(...shape.map(integer)), tuple(...strides.map(integer)), FALSE, ordered),
    REDUCE,
  );

const MAGIC = pickle(Buffer.of(0x8a, 10), Buffer.from('6cfc9c46f9206aa85019', 'hex'));
const PROTOCOL = pickle(integer(1001));
const machine = (isLittleEndian: boolean): Buffer =>
  pickle(
    EMPTY_DICT,
    items(text('protocol_version'), integer(1001), text('little_endian'), isLittleEndian ? TRUE : FALSE),
  );

export type Storages = Readonly<Record<string, Float32Array | BigInt64Array>>;
const bytesOf = (numbers: Storages[string]): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** A file as PyTorch before 1.6 wrote it. */
export const oldFile = (state: Uint8Array, storages: Storages = {}, isLittleEndian = true): Buffer =>
  joined(
    MAGIC,
    PROTOCOL,
    machine(isLittleEndian),
    pickle(state),
    pickle(list(...Object.keys(storages).map(text))),
    ...Object.values(storages).flatMap((numbers) => [int64(numbers.length), bytesOf(numbers)]),
  );

/** A file as PyTorch since 1.6 writes it. */
export const zipFile = (
  state: Uint8Array,
  storages: Storages = {},
  others: Readonly<Record<string, string>> = {},
): Buffer =>
  zipOf({
    'weights/data.pkl': pickle(state),
    ...Object.fromEntries(Object.entries(storages).map(([key, numbers]) => [`weights/data/${key}`, bytesOf(numbers)])),
    ...Object.fromEntries(Object.entries(others).map(([name, content]) => [`weights/${name}`, Buffer.from(content)])),
  });

/** A zip file of entries as they are. */
export const zipOf = (entries: Readonly<Record<string, Uint8Array>>): Buffer => {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const sizes = joined(uint32(content.byteLength), uint32(content.byteLength), uint16(name.length), uint16(0));
    // Version, flags, method, time, date, checksum: 0 each.
    const head = joined(Buffer.alloc(14), sizes);
    const local = joined(Buffer.from('PK\u0003\u0004'), head, Buffer.from(name), content);
    locals.push(local);
    const place = joined(Buffer.alloc(10), uint32(offset));
    central.push(joined(Buffer.from('PK\u0001\u0002'), uint16(0), head, place, Buffer.from(name)));
    offset += local.byteLength;
  }
  const directory = joined(...central);
  const counts = joined(uint16(central.length), uint16(central.length));
  const end = joined(
    Buffer.from('PK\u0005\u0006'),
    uint32(0),
    counts,
    uint32(directory.byteLength),
    uint32(offset),
    uint16(0),
  );
  return joined(...locals, directory, end);
};

/** What `torch.save` makes of a state dict, each tensor with a storage of its own. */
export const stateDictFile = (weights: ReadonlyMap<string, Tensor>): Buffer => {
  const entries = [...weights].map(([name, { shape, data }], key) => {
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
    const numbers = data as Float32Array | BigInt64Array;
    const type = numbers instanceof Float32Array ? 'FloatStorage' : 'LongStorage';
    return { name, numbers, tensor: tensorIn(storage(String(key), numbers.length, type), shape, strides) };
  });
  return zipFile(
    joined(ordered, items(...entries.flatMap(({ name, tensor }) => [text(name), tensor]))),
    Object.fromEntries(entries.map(({ numbers }, key) => [String(key), numbers])),
  );
};
