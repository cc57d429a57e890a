import { takeParts, type Measure } from './parts.js';
import { benchResNet18Step } from './vision-resnet18-step.js';
import { benchShopCnn } from './vision-shop-cnn.js';

const MEASURES = {
  'resnet18-step': benchResNet18Step,
  'shop-cnn': benchShopCnn,
} as const satisfies Readonly<Record<string, Measure>>;

export type VisionPart = keyof typeof MEASURES;
export const VISION_PARTS = Object.keys(MEASURES) as readonly VisionPart[];

export const isVisionPart = (name: string): name is VisionPart => Object.hasOwn(MEASURES, name);

/** What image models take and give. */
export const benchVision = ({ parts }: { readonly parts: readonly VisionPart[] }): Promise<void> =>
  takeParts('vision', MEASURES, parts);
