import { SeededRandom, Trainer, type Model, type TrainedOutputs } from './index.js';

/** A trainer that begins with the same parameters each time. */
export const openTrainer = (model: Model<TrainedOutputs>, threads = 1): Promise<Trainer> =>
  Trainer.open({ model, random: new SeededRandom(1).next, adam: { clipNorm: 1 }, threads });
