import type { ByteReader } from './byte-reader.js';
import { damaged, SAVE_AGAIN, TorchFileError } from './torch-file-error.js';

/** Something that a pickle refers to by its name. */
export interface PickleGlobal {
  /** `module.name` */
  readonly name: string;
  /** What calling it gives. Absent: it can't be called. */
  readonly call?: (args: readonly unknown[]) => unknown;
}

/** What a pickle may do. */
export interface PickleRules {
  /** All that it may refer to, by `module.name`. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** What stands for something outside the pickle. */
  readonly persistent: (id: unknown) => unknown;
}

/**
 * Reads one pickle (CPython, Lib/pickletools.py) as data: there is no way from it to any code but the calls of the rules. Lists and tuples
 * are arrays, dictionaries are Maps; all may contain themselves, so that who walks through them has to mind it. What a pickle needs that
 * holds weights is understood, of protocols 0 to 4; nothing else.
 *
 * @returns what it says: anything
 * @throws {TorchFileError} `foreign-name` with the name, before anything that follows is read; `truncated`, `damaged`, `unsupported`
 */
export const unpickle = (bytes: ByteReader, rules: PickleRules): unknown => {
  const machine = new Machine(bytes, rules);
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const at = bytes.position;
    const code = bytes.uint8();
    if (code === STOP) return machine.pop();
    const operation = OPERATIONS[code];
    if (operation === undefined) {
      throw new TorchFileError(
        'unsupported',
        `The pickle has operation 0x${code.toString(16)} at byte ${at}, which weights do not need: ${SAVE_AGAIN}.`,
      );
    }
    operation(machine, bytes);
  }
  throw new TorchFileError('unsupported', `The pickle has more than ${MAX_OPERATIONS} operations: ${SAVE_AGAIN}.`);
};

/** A tensor takes some 36 of them, a large network has a thousand tensors. */
const MAX_OPERATIONS = 1_000_000;
const STOP = 0x2e;

/** The state of a reading: a stack, those put aside by marks, and what is remembered. */
class Machine {
  #stack: unknown[] = [];
  readonly #aside: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(
    readonly bytes: ByteReader,
    readonly rules: PickleRules,
  ) {}

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    return this.last(1)[0];
  }

  mark(): void {
    this.#aside.push(this.#stack);
    this.#stack = [];
  }

  sinceMark(): readonly unknown[] {
    const values = this.#stack;
    const outer = this.#aside.pop();
    if (outer === undefined) throw damaged('its pickle ends a list that it has not begun');
    this.#stack = outer;
    return values;
  }

  last(count: number): readonly unknown[] {
    if (this.#stack.length < count) throw damaged('its pickle takes a value where there is none');
    return this.#stack.splice(-count);
  }

  remember(key: number): void {
    const value = this.pop();
    this.#memo.set(key, value);
    this.push(value);
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw damaged(`its pickle recalls ${key}, which it has not remembered`);
    this.push(this.#memo.get(key));
  }

  append(values: readonly unknown[]): void {
    const list = this.pop();
    if (!Array.isArray(list)) throw damaged('its pickle appends to what is no list');
    for (const value of values) list.push(value);
    this.push(list);
  }

  setItems(keysAndValues: readonly unknown[]): void {
    const dictionary = this.pop();
    if (!(dictionary instanceof Map) || keysAndValues.length % 2 !== 0) {
      throw damaged('its pickle sets items of what is no dictionary');
    }
    for (let i = 0; i < keysAndValues.length; i += 2) dictionary.set(keysAndValues[i], keysAndValues[i + 1]);
    this.push(dictionary);
  }

  /** The attributes of a dictionary (`_metadata` of a state_dict) say nothing of weights. Nothing else may have any. */
  dropState(): void {
    this.pop();
    const built = this.pop();
    if (!(built instanceof Map)) throw damaged('its pickle sets attributes of what is no dictionary');
    this.push(built);
  }

  global(module: unknown, member: unknown): void {
    if (typeof module !== 'string' || typeof member !== 'string')
      throw damaged('its pickle has a name that is no text');
    const name = `${module}.${member}`;
    const global = this.rules.globals.get(name);
    if (global === undefined) {
      throw new TorchFileError(
        'foreign-name',
        `The file refers to ${name}, which Python would import and may call. Weights need nothing of the kind, so that it is not ` +
          `read. If you trust where it is from, open it there and ${SAVE_AGAIN}.`,
      );
    }
    this.push(global);
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isCallable(callee) || !Array.isArray(args)) throw damaged('its pickle calls what can not be called');
    this.push(callee.call(args));
  }
}

const isCallable = (value: unknown): value is Required<PickleGlobal> =>
  typeof value === 'object' && value !== null && 'call' in value;

type Operation = (machine: Machine, bytes: ByteReader) => void;

const tuple =
  (count: number): Operation =>
  (machine) =>
    machine.push(machine.last(count));

const OPERATIONS: Readonly<Record<number, Operation>> = {
  /* PROTO */ 0x80: (_, bytes) => void bytes.uint8(),
  /* FRAME */ 0x95: (_, bytes) => void bytes.uint64(),
  /* NONE */ 0x4e: (machine) => machine.push(null),
  /* NEWTRUE */ 0x88: (machine) => machine.push(true),
  /* NEWFALSE */ 0x89: (machine) => machine.push(false),
  /* BININT1 */ 0x4b: (machine, bytes) => machine.push(bytes.uint8()),
  /* BININT2 */ 0x4d: (machine, bytes) => machine.push(bytes.uint16()),
  /* BININT */ 0x4a: (machine, bytes) => machine.push(bytes.int32()),
  /* LONG1 */ 0x8a: (machine, bytes) => machine.push(integerOf(bytes.take(bytes.uint8()))),
  /* BINFLOAT */ 0x47: (machine, bytes) => machine.push(bytes.take(8).readDoubleBE()),
  /* SHORT_BINUNICODE */ 0x8c: (machine, bytes) => machine.push(bytes.take(bytes.uint8()).toString()),
  /* BINUNICODE */ 0x58: (machine, bytes) => machine.push(bytes.take(bytes.uint32()).toString()),
  /* SHORT_BINSTRING, of Python 2 */ 0x55: (machine, bytes) => machine.push(bytes.take(bytes.uint8()).toString()),
  /* MARK */ 0x28: (machine) => machine.mark(),
  /* EMPTY_TUPLE */ 0x29: (machine) => machine.push([]),
  /* TUPLE1 */ 0x85: tuple(1),
  /* TUPLE2 */ 0x86: tuple(2),
  /* TUPLE3 */ 0x87: tuple(3),
  /* TUPLE */ 0x74: (machine) => machine.push(machine.sinceMark()),
  /* EMPTY_LIST */ 0x5d: (machine) => machine.push([]),
  /* APPEND */ 0x61: (machine) => machine.append(machine.last(1)),
  /* APPENDS */ 0x65: (machine) => machine.append(machine.sinceMark()),
  /* EMPTY_DICT */ 0x7d: (machine) => machine.push(new Map()),
  /* SETITEM */ 0x73: (machine) => machine.setItems(machine.last(2)),
  /* SETITEMS */ 0x75: (machine) => machine.setItems(machine.sinceMark()),
  /* BINPUT */ 0x71: (machine, bytes) => machine.remember(bytes.uint8()),
  /* LONG_BINPUT */ 0x72: (machine, bytes) => machine.remember(bytes.uint32()),
  /* MEMOIZE */ 0x94: (machine) => machine.rememberNext(),
  /* BINGET */ 0x68: (machine, bytes) => machine.recall(bytes.uint8()),
  /* LONG_BINGET */ 0x6a: (machine, bytes) => machine.recall(bytes.uint32()),
  /* BINPERSID */ 0x51: (machine) => machine.push(machine.rules.persistent(machine.pop())),
  /* GLOBAL */ 0x63: (machine, bytes) => machine.global(bytes.line(), bytes.line()),
  /* STACK_GLOBAL */ 0x93: (machine) => {
    const [module, member] = machine.last(2);
    machine.global(module, member);
  },
  /* INST, which calls what it names */ 0x69: (machine, bytes) => {
    machine.global(bytes.line(), bytes.line());
    throw damaged('its pickle calls a type by an operation of old');
  },
  /* REDUCE */ 0x52: (machine) => machine.call(),
  /* BUILD */ 0x62: (machine) => machine.dropState(),
};

/** Little-endian, in two's complement. */
const integerOf = (bytes: Buffer): number | bigint => {
  const digits = Buffer.from(bytes).reverse().toString('hex');
  const integer = BigInt.asIntN(8 * bytes.byteLength, BigInt(`0x0${digits}`));
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
};
