import { tensor, type Tensor } from '@offerstream/onnx';
import { torchResNet18 } from './torch-resnet18.fixture.js';
import { resNet18Weights } from './resnet18-weights.js';

const torch = torchResNet18();

test('torchvision’s names become those of the network', () => {
  const weights = resNet18Weights(torch);
  const pairs = {
    conv1: 'conv1.weight',
    'bn1/scale': 'bn1.weight',
    'layer1.0.bn1/mean': 'layer1.0.bn1.running_mean',
    'layer2.0.downsample.0': 'layer2.0.downsample.0.weight',
    'layer2.0.downsample.1/variance': 'layer2.0.downsample.1.running_var',
    'layer4.1.bn2/bias': 'layer4.1.bn2.bias',
  };
  for (const [name, torchName] of Object.entries(pairs)) expect(weights[name]?.data).toBe(torch.get(torchName)?.data);
  // 20 convolutions, and 20 normalizations of four values each.
  expect(Object.keys(weights)).toHaveLength(100);
});

test.each<[string, Tensor | undefined, string]>([
  ['layer3.1.bn2.running_var', undefined, 'there is none'],
  ['conv1.weight', tensor('float32', [64, 3, 3, 3], new Float32Array(64 * 27)), 'it is float32 [64, 3, 3, 3]'],
])('weights of something else are refused: %s', (name, instead, message) => {
  const others = new Map(torch);
  if (instead === undefined) others.delete(name);
  else others.set(name, instead);
  expect(() => resNet18Weights(others)).toThrow(
    expect.objectContaining({
      code: 'model-unusable',
      message: expect.stringMatching(`${name}.*${message.replaceAll(/[[\]]/g, '.')}`) as string,
    }) as Error,
  );
});
