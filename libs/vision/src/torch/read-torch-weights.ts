import type { Tensor } from '@offerstream/onnx';
import { ByteReader } from './byte-reader.js';
import { StoredTensors } from './stored-tensors.js';
import { isZip, storedEntries } from './stored-zip.js';
import { damaged, TorchFileError } from './torch-file-error.js';
import { unpickle, type PickleRules } from './unpickle.js';

/** Where numbers alone are expected. */
const NO_NAMES: PickleRules = {
  globals: new Map(),
  persistent: () => {
    throw damaged('it refers to a storage where there is none');
  },
};
/** What a file begins with that is no zip (torch/serialization.py, MAGIC_NUMBER). */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const PICKLE = 'data.pkl';

/**
 * The tensors of a file that `torch.save(model.state_dict(), path)` wrote, in the format of PyTorch before 1.6 or since. It is read as data:
 * nothing that the file says is executed, and the few names that it may refer to are a closed list ({@link StoredTensors.rules}). Memory
 * stays within three times the file, whatever it claims, and what a million operations of a pickle make.
 *
 * @param bytes of the file
 * @throws {TorchFileError}
 */
export const readTorchWeights = (bytes: Uint8Array): ReadonlyMap<string, Tensor> => {
  const tensors = new StoredTensors();
  const state = isZip(bytes) ? readZip(bytes, tensors) : readPickles(bytes, tensors);
  return tensors.byName(state, bytes.byteLength);
};

const readZip = (bytes: Uint8Array, tensors: StoredTensors): unknown => {
  const entries = storedEntries(bytes);
  const pickle = [...entries].find(([name]) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) throw notTorch(`a zip file without a ${PICKLE}`);
  const [path, content] = pickle;
  const folder = path.slice(0, -PICKLE.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined) checkByteOrder(Buffer.from(order).toString() === 'little');
  const state = unpickle(new ByteReader(content), tensors.rules);
  for (const storage of tensors.storages) {
    const numbers = entries.get(`${folder}data/${storage.key}`);
    if (numbers?.byteLength !== storage.sizeBytes) {
      throw damaged(`storage ${storage.key} has ${numbers?.byteLength ?? 0} bytes instead of ${storage.sizeBytes}`);
    }
    storage.fill(numbers);
  }
  return state;
};

/** Five pickles: what the file is, its version, the machine that wrote it, the tensors, the order of the storages that follow. */
const readPickles = (bytes: Uint8Array, tensors: StoredTensors): unknown => {
  const reader = new ByteReader(bytes);
  if (firstPickle(reader) !== MAGIC) throw notTorch('it does not begin as one');
  const protocol = unpickle(reader, NO_NAMES);
  if (protocol !== PROTOCOL) throw new TorchFileError('unsupported', `The file has format ${String(protocol)}.`);
  const machine = unpickle(reader, NO_NAMES);
  checkByteOrder(machine instanceof Map && machine.get('little_endian') === true);
  const state = unpickle(reader, tensors.rules);
  const keys = unpickle(reader, NO_NAMES);
  if (!Array.isArray(keys)) throw damaged('it does not say in which order its numbers follow');
  for (const key of keys) {
    const storage = tensors.storage(key);
    const length = reader.uint64();
    if (length !== storage.length) {
      throw damaged(`storage ${storage.key} has ${length} numbers instead of ${storage.length}`);
    }
    storage.fill(reader.take(storage.sizeBytes));
  }
  return state;
};

/** Any bytes at all may stand where a file of PyTorch says what it is; a name in them is worth a refusal of its own. */
const firstPickle = (reader: ByteReader): unknown => {
  try {
    return unpickle(reader, NO_NAMES);
  } catch (error) {
    if (error instanceof TorchFileError && error.code !== 'foreign-name') return undefined;
    throw error;
  }
};

const checkByteOrder = (isLittleEndian: boolean): void => {
  if (!isLittleEndian)
    throw new TorchFileError('unsupported', 'The file was written on a big-endian machine, and is not read.');
};

const notTorch = (reason: string): TorchFileError =>
  new TorchFileError('not-torch', `This is no file of PyTorch: ${reason}. It should be what torch.save wrote.`);
