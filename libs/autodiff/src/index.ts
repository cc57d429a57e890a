export type { AdamOptions } from './adam.js';
export { readCheckpoint, type Checkpoint } from './checkpoint.js';
export { AutodiffError, type AutodiffErrorCode } from './errors.js';
export type { Evaluator } from './evaluator.js';
export { gradients } from './gradients.js';
export { constant, glorotUniform, normal, uniform, type Initializer, type Random } from './initializers.js';
export { batchNormalized } from './layers/batch-normalized.js';
export { convolution, type ConvolutionOptions } from './layers/convolution.js';
export { dense } from './layers/dense.js';
export { embedding } from './layers/embedding.js';
export { imageInput, imageMean } from './layers/image-layout.js';
export { largestOfWindows } from './layers/largest-of-windows.js';
export { lstmLayer } from './layers/lstm-layer.js';
export { layerNormalized } from './layers/normalized.js';
export { selfAttention } from './layers/self-attention.js';
export type { Model, ModelOutputs, TrainedOutputs } from './model.js';
export { causalBias, maskBias, scaledDotProductAttention } from './operations/attention.js';
export { dropoutMask } from './operations/dropout.js';
export { gelu } from './operations/gelu.js';
export type { Windows } from './operations/window-places.js';
export { sampledNegativeLogLikelihood, type SampledNegatives } from './operations/sampled-softmax.js';
export { lstm, type LstmState, type LstmWeights } from './operations/lstm.js';
export { negativeLogLikelihood, weightedMean } from './operations/negative-log-likelihood.js';
export { TrainedParameters, type Parameters } from './parameters.js';
export { SeededRandom } from './random.js';
export { constantRate, steppedRate, warmUpThenCosine, type Schedule } from './schedules.js';
export {
  trainByEpochs,
  type Batch,
  type Epoch,
  type EpochLoss,
  type EpochReport,
  type EpochTrainingOptions,
  type EpochTrainingResult,
} from './train-by-epochs.js';
export { Trainer, type StepResult, type TrainerOptions } from './trainer.js';
