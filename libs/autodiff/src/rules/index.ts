import { ELEMENTWISE_RULES } from './elementwise.js';
import { IMAGE_RULES } from './images.js';
import { LAYOUT_RULES } from './layout.js';
import { LINEAR_ALGEBRA_RULES } from './linear-algebra.js';
import { LOOKUP_RULES } from './lookup.js';
import { NORMALIZATION_RULES } from './normalization.js';

/** The closed list of ONNX operators through which gradients pass. */
export const RULES = {
  ...ELEMENTWISE_RULES,
  ...LAYOUT_RULES,
  ...LINEAR_ALGEBRA_RULES,
  ...LOOKUP_RULES,
  ...NORMALIZATION_RULES,
  ...IMAGE_RULES,
};
