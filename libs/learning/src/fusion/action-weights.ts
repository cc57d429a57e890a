import type { InteractionWeights } from '../interaction-weight.js';

/** How much an action tells of a shopper's taste, when weights are learned as when a model is asked. What is put back tells nothing. */
export const ACTION_WEIGHTS: InteractionWeights['actions'] = { 1: 1, 2: 1, 3: 2, 4: 3, 5: 2, 6: 0 };
