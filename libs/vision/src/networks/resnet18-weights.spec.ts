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

test('a last layer of any size is left out', () => {
  const weights = resNet18Weights(new Map([...torch, ['fc.weight', tensor('float32', [2, 1], Float32Array.of(0, 0))]]));
  expect(Object.keys(weights)).toHaveLength(100);
});

const refusalOf = (change: (others: Map<string, Tensor>) => void): string => {
  const others = new Map(torch);
  change(others);
  try {
    resNet18Weights(others);
  } catch (error) {
    expect(error).toMatchObject({ code: 'model-unusable' });
    return (error as Error).message.replace("These are no weights of torchvision's ResNet18: ", '');
  }
  return 'taken';
};
const kernels = (channels: number): Tensor => tensor('float32', [channels, 3, 3, 3], new Float32Array(channels * 27));

test.each<[string, (others: Map<string, Tensor>) => void, string]>([
  ['one is missing', (others) => others.delete('layer3.1.bn2.running_var'), 'missing are layer3.1.bn2.running_var.'],
  [
    'one has another shape',
    (others) => others.set('conv1.weight', kernels(64)),
    'conv1.weight is float32 [64, 3, 3, 3] instead of float32 [64, 3, 7, 7].',
  ],
  [
    'ResNet34 has all of them, and more blocks',
    (others) => others.set('layer1.2.conv1.weight', kernels(64)),
    'of another network are layer1.2.conv1.weight.',
  ],
  [
    'a model that was wrapped has another name for each',
    (others) => {
      others.clear();
      for (const [name, value] of torch) others.set(`module.${name}`, value);
    },
    'missing are conv1.weight, bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var and 95 more; of another network are ' +
      'module.conv1.weight, module.bn1.weight, module.bn1.bias, module.bn1.running_mean, module.bn1.running_var and 95 more.',
  ],
])('weights of something else are refused, with what differs: %s', (_, change, message) => {
  expect(refusalOf(change)).toBe(message);
});
