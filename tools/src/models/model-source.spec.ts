import { makerOf } from './model-source.js';

test.each<[unknown, string]>([
  [{ source: 'file m.onnx', licence: null }, 'file m.onnx'],
  [{ family: 'behaviour', interactions: 3 }, 'trained: behaviour'],
  [{ kind: 'lstm', vocabulary: 10_000 }, 'trained: lstm'],
  [{}, 'unknown'],
  [undefined, 'unknown'],
  [{ source: 7 }, 'unknown'],
])('what made a model, by its metrics %j: %s', (metrics, maker) => {
  expect(makerOf(metrics)).toBe(maker);
});
