import { tensor, type Tensor } from '@offerstream/onnx';
import { damaged, SAVE_AGAIN, TorchFileError } from './torch-file-error.js';
import type { PickleGlobal, PickleRules } from './unpickle.js';

/** The types of PyTorch's storages that are types of ONNX tensors here. */
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;
type StoredType = keyof typeof ARRAYS;
type Numbers = InstanceType<(typeof ARRAYS)[StoredType]>;

const STORAGES: ReadonlyMap<string, StoredType> = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.IntStorage', 'int32'],
  ['torch.LongStorage', 'int64'],
  ['torch.BoolStorage', 'bool'],
]);
/** Known, so that the refusal can say what it is. */
const OTHER_STORAGES = ['torch.HalfStorage', 'torch.BFloat16Storage', 'torch.CharStorage', 'torch.ShortStorage'];
const MAX_RANK = 8;

/** A row of numbers in the file; which ones is known only after everything that refers to it was read. */
class Storage {
  #numbers: Numbers | undefined;

  constructor(
    readonly key: string,
    readonly type: StoredType,
    readonly length: number,
  ) {}

  get sizeBytes(): number {
    return this.length * ARRAYS[this.type].BYTES_PER_ELEMENT;
  }

  /** @param bytes as many as it has */
  fill(bytes: Uint8Array): void {
    // A copy begins where numbers of any type may begin.
    this.#numbers = new ARRAYS[this.type](Uint8Array.from(bytes).buffer);
  }

  get numbers(): Numbers {
    if (this.#numbers === undefined) throw damaged(`the numbers of storage ${this.key} are not in it`);
    return this.#numbers;
  }
}

/** A tensor as the file describes it: where in a storage its elements lie. */
class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    const isWithin =
      shape.length === strides.length &&
      (shape.includes(0) ||
        offset + sum(shape.map((size, axis) => (size - 1) * (strides[axis] ?? 0))) < storage.length);
    if (!isWithin) throw damaged(`a tensor of shape [${shape.join(', ')}] goes beyond the numbers of its storage`);
  }

  get length(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  get isContiguous(): boolean {
    let stride = 1;
    for (const [axis, size] of [...this.shape.entries()].reverse()) {
      if (size !== 1 && this.strides[axis] !== stride) return false;
      stride *= size;
    }
    return true;
  }

  /** Tensors with the same key are one. */
  get key(): string {
    return [this.storage.key, this.offset, this.shape, this.strides].join(' ');
  }

  toTensor(): Tensor {
    const { numbers, type } = this.storage;
    const { offset, length, shape } = this;
    const data = this.isContiguous ? numbers.subarray(offset, offset + length) : this.#gathered(numbers);
    return tensor<StoredType>(type, shape, data);
  }

  #gathered(numbers: Numbers): Numbers {
    const { shape, strides, length } = this;
    const gathered = new ARRAYS[this.storage.type](length);
    const position = shape.map(() => 0);
    let from = this.offset;
    for (let to = 0; to < length; to++) {
      gathered[to] = numbers[from] as never;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const [size, stride] = [shape[axis] ?? 1, strides[axis] ?? 0];
        from += stride;
        const next = (position[axis] ?? 0) + 1;
        position[axis] = next < size ? next : 0;
        if (next < size) break;
        from -= stride * size;
      }
    }
    return gathered;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The tensors of one file: what its pickle may refer to, and the storages that it has referred to. */
export class StoredTensors {
  readonly #storages = new Map<string, Storage>();

  /** The closed list of what may be called. Each gives data of this file or nothing. */
  readonly rules: PickleRules = {
    globals: new Map(
      [
        ...[...STORAGES.keys(), ...OTHER_STORAGES].map((name): PickleGlobal => ({ name })),
        { name: 'collections.OrderedDict', call: orderedDictionary },
        { name: 'torch._utils._rebuild_tensor', call: rebuiltTensor },
        { name: 'torch._utils._rebuild_tensor_v2', call: rebuiltTensor },
        { name: 'torch._utils._rebuild_parameter', call: ([data]: readonly unknown[]) => data },
      ].map((global) => [global.name, global]),
    ),
    persistent: (id) => this.#storage(id),
  };

  get storages(): Iterable<Storage> {
    return this.#storages.values();
  }

  /** @throws {TorchFileError} `damaged` */
  storage(key: unknown): Storage {
    const storage = typeof key === 'string' ? this.#storages.get(key) : undefined;
    if (storage === undefined) throw damaged('it has numbers that belong to no tensor');
    return storage;
  }

  /**
   * The tensors of a dictionary by their names.
   *
   * @param state what the pickle said
   * @param maxBytes of all together. Every number is in the file once, so more than the file has would be the same ones again.
   * @throws {TorchFileError} `no-weights`, `damaged`, `unsupported`
   */
  byName(state: unknown, maxBytes: number): ReadonlyMap<string, Tensor> {
    if (!(state instanceof Map)) throw noWeights('It holds no dictionary of tensors');
    const named = new Map<string, Tensor>();
    const read = new Map<string, Tensor>();
    let sizeBytes = 0;
    for (const [name, stored] of state as ReadonlyMap<unknown, unknown>) {
      if (typeof name !== 'string' || !(stored instanceof StoredTensor)) {
        throw noWeights(`Its entry "${typeof name === 'string' ? name : typeof name}" is no tensor with a name`);
      }
      let known = read.get(stored.key);
      if (known === undefined) {
        sizeBytes += stored.length * ARRAYS[stored.storage.type].BYTES_PER_ELEMENT;
        if (sizeBytes > maxBytes) {
          throw new TorchFileError(
            'unsupported',
            `Its tensors overlap, up to "${name}": ${SAVE_AGAIN}, of a model that has its own.`,
          );
        }
        known = stored.toTensor();
        read.set(stored.key, known);
      }
      named.set(name, known);
    }
    if (named.size === 0) throw noWeights('Its dictionary is empty');
    return named;
  }

  #storage(id: unknown): Storage {
    // A view on another storage, the sixth element of files of old, is absent or None.
    const [kind, type, key, , length, view = null] = Array.isArray(id) ? (id as readonly unknown[]) : [];
    if (kind !== 'storage' || typeof key !== 'string' || !isCount(length) || view !== null) {
      throw damaged('it refers to something outside that is no storage');
    }
    const name = (type as Partial<PickleGlobal> | null)?.name ?? '';
    const stored = STORAGES.get(name);
    if (stored === undefined) {
      throw new TorchFileError(
        'unsupported',
        `Its numbers are in a ${name === '' ? 'storage without a type' : name}, which is not read: save ` +
          "torch.save(model.float().state_dict(), 'weights.pth').",
      );
    }
    const known = this.#storages.get(key);
    if (known?.type === stored && known.length === length) return known;
    if (known !== undefined) throw damaged(`storage ${key} is described in two ways`);
    const storage = new Storage(key, stored, length);
    this.#storages.set(key, storage);
    return storage;
  }
}

const noWeights = (reason: string): TorchFileError => new TorchFileError('no-weights', `${reason}: ${SAVE_AGAIN}.`);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const countsOf = (value: unknown): readonly number[] => {
  if (!Array.isArray(value) || !value.every(isCount)) throw damaged('a tensor has a shape that is none');
  if (value.length > MAX_RANK) {
    throw new TorchFileError('unsupported', `A tensor has ${value.length} axes, and at most ${MAX_RANK} are read.`);
  }
  return value;
};

/** (storage, offset, shape, strides, …); what follows is about training. */
const rebuiltTensor = ([storage, offset, shape, strides]: readonly unknown[]): StoredTensor => {
  if (!(storage instanceof Storage) || !isCount(offset)) throw damaged('a tensor is in no storage');
  return new StoredTensor(storage, offset, countsOf(shape), countsOf(strides));
};

/** Empty, and filled by what follows; Python 2 gives its items, [key, value] each. */
const orderedDictionary = ([items = []]: readonly unknown[]): Map<unknown, unknown> => {
  const isListOfPairs = Array.isArray(items) && items.every((item) => Array.isArray(item) && item.length === 2);
  if (!isListOfPairs) throw damaged('a dictionary is made of what is no items');
  return new Map(items as readonly (readonly [unknown, unknown])[]);
};
