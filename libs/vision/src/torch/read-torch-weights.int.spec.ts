import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipUnless } from '@offerstream/testing';
import { readTorchWeights } from './read-torch-weights.js';

/**
 * What `torch.save` does, with Python's own pickle and zip file and without PyTorch (torch/serialization.py): a tensor is a call, a
 * storage an id.
 */
const SAVE = `
import collections, pickle, struct, sys, types, zipfile
sys.modules['torch'] = torch = types.ModuleType('torch')
sys.modules['torch._utils'] = utils = types.ModuleType('torch._utils')
torch._utils = utils
torch.FloatStorage = type('FloatStorage', (), {'__module__': 'torch'})
def _rebuild_tensor_v2(*args): pass
_rebuild_tensor_v2.__module__ = 'torch._utils'
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
class Storage:
    def __init__(self, key, values): self.key, self.values = key, values
class Tensor:
    def __init__(self, storage, shape, strides): self.args = (storage, 0, shape, strides, False, collections.OrderedDict())
    def __reduce__(self): return (_rebuild_tensor_v2, self.args)
class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage): return ('storage', torch.FloatStorage, value.key, 'cpu', len(value.values))
storages = [Storage('0', [float(i) for i in range(300)]), Storage('1', [0.5])]
state = collections.OrderedDict([('layer.weight', Tensor(storages[0], (2, 150), (1, 2))), ('layer.bias', Tensor(storages[1], (1,), (1,)))])
state._metadata = collections.OrderedDict([('', {'version': 1})])
kind, protocol, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
numbers = lambda storage: struct.pack('<%df' % len(storage.values), *storage.values)
if kind == 'old':
    with open(path, 'wb') as file:
        for value in (0x1950a86a20f9469cfc6c, 1001, {'protocol_version': 1001, 'little_endian': True, 'type_sizes': {'short': 2}}):
            pickle.dump(value, file, protocol)
        Pickler(file, protocol).dump(state)
        pickle.dump([storage.key for storage in storages], file, protocol)
        for storage in storages: file.write(struct.pack('<q', len(storage.values)) + numbers(storage))
else:
    with zipfile.ZipFile(path, 'w') as archive:
        with archive.open('archive/data.pkl', 'w') as file: Pickler(file, protocol).dump(state)
        archive.writestr('archive/byteorder', 'little')
        for storage in storages: archive.writestr('archive/data/' + storage.key, numbers(storage))
        archive.writestr('archive/version', '3')
`;

skipUnless(spawnSync('python3', ['--version']).status === 0, 'there is no python3')(
  'what Python writes is read',
  () => {
    test.each([
      ['old', 2],
      ['old', 3],
      ['old', 4],
      ['zip', 2],
      ['zip', 4],
    ])('%s, pickle protocol %p', async (kind, protocol) => {
      const folder = await mkdtemp(join(tmpdir(), 'torch-'));
      try {
        const path = join(folder, 'weights.pth');
        const { status, stderr } = spawnSync('python3', ['-c', SAVE, kind, String(protocol), path], {
          encoding: 'utf8',
        });
        expect([status, stderr]).toEqual([0, '']);
        const weights = readTorchWeights(await readFile(path));
        expect([...weights.keys()]).toEqual(['layer.weight', 'layer.bias']);
        expect(weights.get('layer.weight')?.shape).toEqual([2, 150]);
        // Every second number is in the first row.
        expect([...(weights.get('layer.weight')?.data ?? [])].map(Number)).toEqual(
          [0, 1].flatMap((row) => Array.from({ length: 150 }, (_, i) => 2 * i + row)),
        );
        expect(weights.get('layer.bias')?.data).toEqual(Float32Array.of(0.5));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  },
);
