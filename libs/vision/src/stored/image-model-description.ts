import { z } from 'zod';

/** Tensors of a served image model. */
export const IMAGE_MODEL = {
  /** Input [B, H, W, 3] uint8, sRGB. Whatever the network wants of them, the graph does. */
  pixels: 'pixels',
  /** Input [B, F] float32 of a model on handcrafted features. */
  features: 'features',
  /** Output [B, D] float32, unit length. */
  embedding: 'embedding',
  /**
   * Output [B, C] float32 of a classifier: log P(x | c) up to a number that is the same for all classes, so that
   * P(c | x) = softmax(log_likelihoods + log priors).
   */
  logLikelihoods: 'log_likelihoods',
} as const;

/** By how much shares may miss 1. */
const ROUNDING = 1e-3;

export const descriptionSchema = z
  .object({
    input: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('pixels'),
        width: z.int().min(1).max(4096),
        height: z.int().min(1).max(4096),
        resize: z.enum(['fill', 'cover']),
      }),
      z.object({ kind: z.literal('handcrafted') }),
    ]),
    embedding: z.object({ dimensions: z.int().min(1) }),
    classes: z.array(z.string().min(1)).min(2).optional(),
    priors: z.array(z.number().positive()).optional(),
    head: z.enum(['logistic', 'gaussian', 'network']).optional(),
    backbone: z.string().optional(),
  })
  .refine(({ classes, priors }) => classes?.length === priors?.length, 'each class needs its prior')
  .refine(({ classes }) => new Set(classes).size === (classes?.length ?? 0), 'classes have one name twice')
  .refine(
    ({ priors }) => priors === undefined || Math.abs(priors.reduce((sum, prior) => sum + prior, 0) - 1) < ROUNDING,
    'the priors do not sum to 1',
  );

/** What an image model takes, gives, and is made of. */
export type ImageModelDescription = Readonly<z.output<typeof descriptionSchema>>;
