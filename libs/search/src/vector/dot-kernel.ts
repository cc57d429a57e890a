/**
 * Dot products of many rows of int8 with one of int16, by WebAssembly's 128-bit instructions: JavaScript has none.
 * The module is small enough to be written out here instruction by instruction.
 */
export interface DotKernel {
  readonly memory: WasmMemory;
  /**
   * All are byte offsets in the memory.
   *
   * @param codes [rows, dimensions] int8
   * @param rows at least 1
   * @param dimensions a multiple of {@link LANES}
   * @param query [dimensions] int16, small enough that a sum of products fits into 32 bits
   * @param out [rows] int32
   */
  readonly dot: (codes: number, rows: number, dimensions: number, query: number, out: number) => void;
}

export const LANES = 16;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** @param pages of 64 KiB */
  grow(pages: number): number;
}

/** The part that is used here: TypeScript declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (options: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

export const createDotKernel = (): DotKernel => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { js: { memory } });
  return { memory, dot: (exports as Pick<DotKernel, 'dot'>).dot };
};

type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;
const ADD: Code = [0x6a];
const SUBTRACT: Code = [0x6b];
const LESS: Code = [0x49];
const GO_AGAIN_IF: Code = [0x0d, 0];
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
const constant = (value: number): Code => [0x41, value];
const loop = (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), END];
const simd = (operation: number, ...rest: Code): Code =>
  operation < 0x80 ? [0xfd, operation, ...rest] : [0xfd, operation, 0x01, ...rest];
const load = (offset = 0): Code => simd(0x00, 0, offset);
const ZEROS = simd(0x0c, ...Array<number>(16).fill(0));
const LOW_TO_INT16 = simd(0x87);
const HIGH_TO_INT16 = simd(0x88);
const ADD_LANES = simd(0xae);
/** Products of pairs of int16, two neighbours added up. */
const DOT_PAIRS = simd(0xba);
const lane = (index: number): Code => simd(0x1b, index);
const STORE: Code = [0x36, 2, 0];

const moduleBytes = (): Uint8Array => {
  const [codes, rows, dimensions, query, out] = [0, 1, 2, 3, 4];
  const [rowEnd, at, sums, loaded] = [5, 6, 7, 8];
  const body = loop(
    ZEROS,
    set(sums),
    [...get(query), ...set(at)],
    [...get(codes), ...get(dimensions), ...ADD, ...set(rowEnd)],
    loop(
      [...get(codes), ...load(), ...set(loaded)],
      get(sums),
      [...get(loaded), ...LOW_TO_INT16, ...get(at), ...load(), ...DOT_PAIRS, ...ADD_LANES],
      [...get(loaded), ...HIGH_TO_INT16, ...get(at), ...load(16), ...DOT_PAIRS, ...ADD_LANES],
      set(sums),
      [...get(at), ...constant(32), ...ADD, ...set(at)],
      [...get(codes), ...constant(LANES), ...ADD, ...tee(codes), ...get(rowEnd), ...LESS, ...GO_AGAIN_IF],
    ),
    [...get(out), ...get(sums), ...lane(0), ...get(sums), ...lane(1), ...ADD],
    [...get(sums), ...lane(2), ...ADD, ...get(sums), ...lane(3), ...ADD, ...STORE],
    [...get(out), ...constant(4), ...ADD, ...set(out)],
    [...get(rows), ...constant(1), ...SUBTRACT, ...tee(rows), ...GO_AGAIN_IF],
  );
  // Two groups of locals: two numbers, two vectors.
  const code = [2, 2, I32, 2, V128, ...body, END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...name('js'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('dot'), 0, 0]),
    ...section(10, [1, ...sized(code)]),
  ]);
};

/** LEB128. */
const unsigned = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >> 7)]);
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: Code): Code => [id, ...sized(bytes)];
const name = (text: string): Code => sized([...Buffer.from(text)]);
