import { readTorchWeights } from './read-torch-weights.js';
import {
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_TUPLE,
  global,
  integer,
  items,
  joined,
  list,
  MARK,
  NONE,
  oldFile,
  ordered,
  pickle,
  recalled,
  REDUCE,
  remembered,
  storage,
  tensorIn,
  text,
  textOfPython2,
  tuple,
  zipFile,
  zipOf,
  type Storages,
} from './torch-files.fixture.js';
import { TorchFileError } from './torch-file-error.js';

const FORMATS = [
  ['before 1.6', oldFile],
  ['since 1.6', zipFile],
] as const;

const NUMBERS = { '7': Float32Array.of(1, 2, 3, 4, 5, 6), '8': BigInt64Array.of(-5n) };
const numbers = storage('7', 6);
const state = joined(
  ordered,
  items(
    text('a.weight'),
    tensorIn(numbers, [2, 3], [3, 1]),
    text('steps'),
    tensorIn(storage('8', 1, 'LongStorage'), [], []),
  ),
);

/** The storages that a pickle refers to. */
const ownNumbers = (content: Uint8Array): Storages =>
  Buffer.from(content).includes('torch\nFloatStorage') ? { '7': NUMBERS['7'] } : {};

const plain = (weights: ReturnType<typeof readTorchWeights>): unknown =>
  [...weights].map(([name, { type, shape, data }]) => [name, type, shape, [...data].map(Number)]);

/** What reading comes to: an error, whatever happened. */
const refusalOf = (bytes: Uint8Array): TorchFileError => {
  try {
    readTorchWeights(bytes);
  } catch (error) {
    if (error instanceof TorchFileError) return error;
    throw error;
  }
  throw new Error('it was read');
};

describe.each(FORMATS)('a file of PyTorch %s', (_, file) => {
  test('gives its tensors by their names', () => {
    expect(plain(readTorchWeights(file(state, NUMBERS)))).toEqual([
      ['a.weight', 'float32', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['steps', 'int64', [], [-5]],
    ]);
  });

  test('gives tensors in any layout in rows, and one of two names once', () => {
    const weights = readTorchWeights(
      file(
        joined(
          ordered,
          items(
            text('transposed'),
            tensorIn(numbers, [3, 2], [1, 3]),
            text('part'),
            tensorIn(numbers, [2], [1], 4),
            text('tied'),
            tensorIn(numbers, [3, 2], [1, 3]),
            text('none'),
            tensorIn(numbers, [0, 3], [3, 1]),
          ),
        ),
        { '7': NUMBERS['7'] },
      ),
    );
    expect(plain(weights)).toEqual([
      ['transposed', 'float32', [3, 2], [1, 4, 2, 5, 3, 6]],
      ['part', 'float32', [2], [5, 6]],
      ['tied', 'float32', [3, 2], [1, 4, 2, 5, 3, 6]],
      ['none', 'float32', [0, 3], []],
    ]);
    expect(weights.get('tied')).toBe(weights.get('transposed'));
  });

  test('may have attributes and parameters, which say nothing more', () => {
    const parameter = joined(
      global('torch._utils', '_rebuild_parameter'),
      tuple(tensorIn(numbers, [6], [1]), NONE, ordered),
      REDUCE,
    );
    const attributes = joined(EMPTY_DICT, items(text('_metadata'), ordered), Buffer.from('b'));
    const weights = readTorchWeights(
      file(joined(ordered, items(text('p'), parameter), attributes), { '7': NUMBERS['7'] }),
    );
    expect(plain(weights)).toEqual([['p', 'float32', [6], [1, 2, 3, 4, 5, 6]]]);
  });

  test.each<[string, Uint8Array, string]>([
    ['a call', joined(global('os', 'system'), tuple(text('touch /tmp/x')), REDUCE), 'os.system'],
    ['a name that is not called', global('builtins', 'eval'), 'builtins.eval'],
    [
      'a name of protocol 4',
      joined(Buffer.of(0x8c, 5), Buffer.from('posix'), Buffer.of(0x8c, 6), Buffer.from('system'), Buffer.of(0x93)),
      'posix.system',
    ],
    ['a call of protocol 0', joined(MARK, text('ls'), Buffer.from('ios\nsystem\n')), 'os.system'],
    [
      'a way to anything',
      joined(global('builtins', 'getattr'), tuple(global('torch', 'FloatStorage'), text('__init__')), REDUCE),
      'builtins.getattr',
    ],
    [
      'another function of PyTorch',
      joined(global('torch.hub', 'load_state_dict_from_url'), tuple(text('http://x')), REDUCE),
      'torch.hub.load_state_dict_from_url',
    ],
    [
      'a call in the place of a shape',
      tensorIn(joined(numbers, global('subprocess', 'Popen')), [6], [1]),
      'subprocess.Popen',
    ],
    [
      'a member of an allowed name',
      global('collections', 'OrderedDict.__class__'),
      'collections.OrderedDict.__class__',
    ],
    ['a whole model', joined(global('__main__', 'Net'), EMPTY_TUPLE, Buffer.of(0x81)), '__main__.Net'],
  ])('that has %s is refused with the name', (__, evil, name) => {
    const refusal = refusalOf(file(evil, NUMBERS));
    expect(refusal.code).toBe('foreign-name');
    expect(refusal.message).toContain(`refers to ${name}, `);
  });

  test.each<[string, Uint8Array, string]>([
    ['a type that is called', joined(global('torch', 'FloatStorage'), EMPTY_TUPLE, REDUCE), 'damaged'],
    ['text that is called', joined(text('os.system'), EMPTY_TUPLE, REDUCE), 'damaged'],
    ['attributes of a tensor', joined(tensorIn(numbers, [6], [1]), EMPTY_DICT, Buffer.from('b')), 'damaged'],
    [
      'an object made otherwise',
      joined(global('collections', 'OrderedDict'), EMPTY_TUPLE, Buffer.of(0x81)),
      'unsupported',
    ],
    [
      'numbers of half the size',
      joined(ordered, items(text('w'), tensorIn(storage('7', 6, 'HalfStorage'), [6], [1]))),
      'unsupported',
    ],
    ['one tensor alone', tensorIn(numbers, [6], [1]), 'no-weights'],
    ['other things beside the tensors', joined(ordered, items(text('epoch'), integer(3))), 'no-weights'],
    ['a dictionary within one', joined(ordered, items(text('state_dict'), ordered)), 'no-weights'],
    ['no tensors', ordered, 'no-weights'],
    [
      'a storage of two lengths',
      joined(ordered, items(text('a'), tensorIn(numbers, [6], [1]), text('b'), tensorIn(storage('7', 5), [5], [1]))),
      'damaged',
    ],
    [
      'a storage that is a view of another',
      joined(
        tuple(text('storage'), global('torch', 'FloatStorage'), text('7'), text('cpu'), integer(6), tuple()),
        Buffer.from('Q'),
      ),
      'damaged',
    ],
  ])('that has %s is refused', (__, content, code) => {
    expect(refusalOf(file(content, ownNumbers(content))).code).toBe(code);
  });

  test.each<[string, Uint8Array, string]>([
    [
      'a tensor that is larger than its storage',
      joined(ordered, items(text('w'), tensorIn(numbers, [7], [1]))),
      'damaged',
    ],
    ['a tensor behind its storage', joined(ordered, items(text('w'), tensorIn(numbers, [2], [1], 5))), 'damaged'],
    [
      'a tensor of 2^52 elements',
      joined(ordered, items(text('w'), tensorIn(numbers, [2 ** 26, 2 ** 26], [1, 1]))),
      'damaged',
    ],
    [
      'one number as very many',
      joined(ordered, items(text('w'), tensorIn(numbers, [2 ** 26, 2 ** 26], [0, 0]))),
      'unsupported',
    ],
    ['a negative stride', joined(ordered, items(text('w'), tensorIn(numbers, [6], [-1], 5))), 'damaged'],
    [
      'more axes than a tensor has',
      joined(ordered, items(text('w'), tensorIn(numbers, Array<number>(9).fill(1), Array<number>(9).fill(1)))),
      'unsupported',
    ],
    [
      'a storage of 2^52 numbers',
      joined(ordered, items(text('w'), tensorIn(storage('7', 2 ** 52), [6], [1]))),
      'damaged',
    ],
    ['a text of 4 GiB', Buffer.of(0x58, 0xff, 0xff, 0xff, 0xff), 'truncated'],
    ['a frame of 2^63 bytes and nothing', Buffer.of(0x95, 0, 0, 0, 0, 0, 0, 0, 0x80), 'damaged'],
  ])('that claims %s is refused', (__, content, code) => {
    expect(refusalOf(file(content, ownNumbers(content))).code).toBe(code);
  });

  test('whose tensors are all its numbers again and again is refused', () => {
    const large = new Float32Array(10_000);
    const shapes = [[100, 100], [10_000], [10, 1000], [1000, 10]];
    const again = shapes.map((shape) => [
      text(shape.join()),
      tensorIn(storage('7', 10_000), shape, [shape[1] ?? 1, 1].slice(0, shape.length)),
    ]);
    const refusal = refusalOf(file(joined(ordered, items(...again.flat())), { '7': large }));
    expect([refusal.code, refusal.message]).toEqual(['unsupported', expect.stringContaining('overlap')]);
  });

  test.each<[string, Uint8Array, string]>([
    ['lists 300,000 deep', joined(Buffer.alloc(300_000, EMPTY_LIST), Buffer.alloc(299_999, 'a')), 'no-weights'],
    ['lists that never end', Buffer.alloc(300_000, MARK), 'damaged'],
    ['a list that is in itself', joined(remembered(EMPTY_LIST, 0), recalled(0), Buffer.from('a')), 'no-weights'],
    ['a dictionary that is in itself', joined(remembered(ordered, 0), items(text('w'), recalled(0))), 'no-weights'],
    [
      'a shape that is in itself',
      joined(
        ordered,
        items(
          text('w'),
          joined(
            global('torch._utils', '_rebuild_tensor_v2'),
            tuple(numbers, integer(0), joined(remembered(EMPTY_LIST, 0), recalled(0), Buffer.from('a')), tuple()),
            REDUCE,
          ),
        ),
      ),
      'damaged',
    ],
    ['a million operations', Buffer.alloc(1_000_001, NONE), 'unsupported'],
    ['something that was never remembered', recalled(9), 'damaged'],
    ['a call of nothing', REDUCE, 'damaged'],
  ])('that has %s is refused', (__, content, code) => {
    expect(refusalOf(file(content, ownNumbers(content))).code).toBe(code);
  });

  test('that ends anywhere before its end is refused', () => {
    const whole = file(state, NUMBERS);
    for (let size = 0; size < whole.byteLength; size++) {
      expect(['not-torch', 'truncated', 'damaged']).toContain(refusalOf(whole.subarray(0, size)).code);
    }
  });

  test('with any byte changed is read or refused', () => {
    const whole = file(state, NUMBERS);
    let refused = 0;
    for (let at = 0; at < whole.byteLength; at++) {
      for (const changed of [0, 0x2e, 0x52, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[at] = changed;
        try {
          readTorchWeights(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TorchFileError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(whole.byteLength);
  });
});

test('Python 2 wrote bytes for text, and a dictionary as a list of its items', () => {
  const tensor = joined(
    global('torch._utils', '_rebuild_tensor'),
    tuple(
      joined(
        tuple(
          textOfPython2('storage'),
          global('torch', 'FloatStorage'),
          textOfPython2('7'),
          textOfPython2('cuda:0'),
          integer(6),
          NONE,
        ),
        Buffer.from('Q'),
      ),
      integer(2),
      tuple(integer(4)),
      tuple(integer(1)),
    ),
    REDUCE,
  );
  const dictionary = joined(
    global('collections', 'OrderedDict'),
    tuple(list(list(textOfPython2('w'), tensor))),
    REDUCE,
  );
  expect(plain(readTorchWeights(oldFile(dictionary, { '7': NUMBERS['7'] })))).toEqual([
    ['w', 'float32', [4], [3, 4, 5, 6]],
  ]);
});

test.each<[string, Uint8Array, string]>([
  ['nothing', Buffer.of(), 'not-torch'],
  ['a page of a web server', Buffer.from('<html>not found</html>'), 'not-torch'],
  ['a pickle of something else', pickle(text('hello')), 'not-torch'],
  ['a pickle that calls something', Buffer.from("cos\nsystem\n(S'ls'\ntR."), 'foreign-name'],
  ['a zip file of something else', zipOf({ 'a/b.txt': Buffer.from('hello') }), 'not-torch'],
  ['a zip file whose pickle lies deeper', zipOf({ 'a/b/data.pkl': pickle(ordered) }), 'not-torch'],
  ['what a big-endian machine wrote', oldFile(state, NUMBERS, false), 'unsupported'],
  ['what a big-endian machine wrote since', zipFile(state, NUMBERS, { byteorder: 'big' }), 'unsupported'],
  ['numbers that are missing', zipFile(state, { '7': NUMBERS['7'] }), 'damaged'],
  ['numbers that follow in part', oldFile(state, { '7': NUMBERS['7'] }), 'damaged'],
  ['numbers of nothing', oldFile(state, { ...NUMBERS, '9': NUMBERS['7'] }), 'damaged'],
  ['more numbers than the tensors say', oldFile(state, { ...NUMBERS, '7': new Float32Array(7) }), 'damaged'],
])('%s is refused', (_, bytes, code) => {
  expect(refusalOf(bytes).code).toBe(code);
});

describe('a zip file', () => {
  const whole = zipFile(state, NUMBERS);
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  const first = whole.indexOf('PK\u0001\u0002');

  test.each<[string, Uint8Array, string]>([
    ['whose entries are packed', changed((bytes) => bytes.writeUInt16LE(8, first + 10)), 'unsupported'],
    ['that has an entry twice', zipOfTwice(), 'damaged'],
    ['that claims 65,535 entries', changed((bytes) => bytes.writeUInt16LE(65_535, bytes.byteLength - 12)), 'damaged'],
    ['that claims an entry of 4 GiB', changed((bytes) => bytes.fill(0xff, first + 20, first + 28)), 'damaged'],
    ['whose entries lie upon each other', overlapping(), 'damaged'],
  ])('%s is refused', (_, bytes, code) => {
    expect(refusalOf(bytes).code).toBe(code);
  });

  test('may have a comment', () => {
    const commented = joined(
      changed((bytes) => bytes.writeUInt16LE(5, bytes.byteLength - 2)),
      Buffer.from('hello'),
    );
    expect(readTorchWeights(commented).size).toBe(2);
  });
});

/** The second entry has the name of the first. */
function zipOfTwice(): Buffer {
  const bytes = zipOf({ 'a/data.pkl': pickle(ordered), 'b/data.pkl': pickle(ordered) });
  bytes.write('a', bytes.lastIndexOf('b/data.pkl'));
  return bytes;
}

/** Twenty entries, each of which is the whole of one and the same. */
function overlapping(): Buffer {
  const names = Array.from({ length: 20 }, (_, i) => `a/${String(i).padStart(2, '0')}`);
  const content = Buffer.alloc(5000);
  const bytes = zipOf({ ...Object.fromEntries(names.map((name) => [name, Buffer.of()])), 'a/zz': content });
  const last = bytes.indexOf('PK\u0003\u0004a/zz'.slice(0, 4), bytes.indexOf('a/zz') - 30);
  for (const name of names) {
    const entry = bytes.lastIndexOf(name) - 46;
    bytes.writeUInt32LE(content.byteLength, entry + 20);
    bytes.writeUInt32LE(content.byteLength, entry + 24);
    bytes.writeUInt32LE(last, entry + 42);
  }
  return bytes;
}
