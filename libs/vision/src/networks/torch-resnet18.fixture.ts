import { SeededRandom, uniform } from '@offerstream/autodiff';
import { tensor, type Tensor } from '@offerstream/onnx';

/** Weights as torchvision's `resnet18().state_dict()` has them, by chance, without the last layer's. */
export const torchResNet18 = (): ReadonlyMap<string, Tensor> => {
  const random = new SeededRandom(5).next;
  const weights = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[], deviation: number, mean = 0): void => {
    const data = uniform(Math.sqrt(3) * deviation)(shape, random);
    if (mean !== 0) data.forEach((value, i) => (data[i] = mean + value));
    weights.set(name, tensor('float32', shape, data));
  };
  const conv = (name: string, channels: number, inputs: number, kernel: number): void =>
    add(`${name}.weight`, [channels, inputs, kernel, kernel], Math.sqrt(2 / (inputs * kernel * kernel)));
  const norm = (name: string, channels: number): void => {
    add(`${name}.weight`, [channels], 0.1, 1);
    add(`${name}.bias`, [channels], 0.1);
    add(`${name}.running_mean`, [channels], 0.1);
    add(`${name}.running_var`, [channels], 0.1, 1);
    weights.set(`${name}.num_batches_tracked`, tensor('int64', [], BigInt64Array.of(1n)));
  };
  conv('conv1', 64, 3, 7);
  norm('bn1', 64);
  [64, 64, 128, 256].forEach((inputs, stage) => {
    const channels = 64 << stage;
    for (const block of [0, 1]) {
      const name = `layer${stage + 1}.${block}`;
      conv(`${name}.conv1`, channels, block === 0 ? inputs : channels, 3);
      norm(`${name}.bn1`, channels);
      conv(`${name}.conv2`, channels, channels, 3);
      norm(`${name}.bn2`, channels);
      if (stage === 0 || block === 1) continue;
      conv(`${name}.downsample.0`, channels, inputs, 1);
      norm(`${name}.downsample.1`, channels);
    }
  });
  return weights;
};
