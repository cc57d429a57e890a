import { dense, negativeLogLikelihood, normal, type Model, type TrainedOutputs } from '@offerstream/autodiff';
import { op } from '@offerstream/onnx';
import { resNet18 } from '@offerstream/vision';
import { besideTorch } from './beside-torch.js';

const SETTINGS = { side: 64, batch: 16, classes: 1_000, learningRate: 0.001 };
const NETWORK = resNet18({ side: SETTINGS.side });

const loss: Model<TrainedOutputs> = (graph, parameters) => {
  const { side, classes } = SETTINGS;
  const features = NETWORK.features(parameters, graph.input('images', 'float32', ['B', 3, side, side]));
  const logits = dense(parameters, 'classes', features, classes);
  const losses = negativeLogLikelihood(logits, graph.input('labels', 'int64', ['B']));
  return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
};

/** A training step of ResNet18 beside the same in PyTorch. */
export const benchResNet18Step = (): Promise<string | undefined> => {
  const { side, batch, classes, learningRate } = SETTINGS;
  const images = [batch, 3, side, side];
  return besideTorch({
    bench: 'vision',
    part: 'resnet18-step',
    script: 'resnet18-step.py',
    settings: SETTINGS,
    model: loss,
    learningRate,
    feeds: (random) => ({
      images: { dtype: 'float32', dims: images, data: normal(1)(images, random) },
      labels: {
        dtype: 'int64',
        dims: [batch],
        data: BigInt64Array.from({ length: batch }, () => BigInt(Math.floor(random() * classes))),
      },
    }),
    counted: ['images', batch],
  });
};
