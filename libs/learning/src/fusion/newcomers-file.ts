import { EXPLANATION_SOURCES } from '@offerstream/contracts';
import { z } from 'zod';

/** Beside the model: makes the rows of items from what describes them. Nobody serves it. */
export const NEWCOMERS_GRAPH = 'newcomers.onnx';
/** Beside the model: {@link NewcomersFile} as JSON. */
export const NEWCOMERS_FILE = 'newcomers.json';

/** The model that made vectors: those of another one, or of another version, can't be compared with them. */
const encoderSchema = z.object({ model: z.string().min(1), version: z.string().min(1) });

const describerSchema = z.discriminatedUnion('kind', [
  /** How many items each name is of, for how rare it is. */
  z.object({
    kind: z.enum(['words', 'categories']),
    items: z.int().min(1),
    documents: z.array(z.tuple([z.string(), z.int().min(1)])),
  }),
  z.object({
    kind: z.enum(['text', 'image']),
    /** Left out where nobody said what made the vectors: those of later items say nothing, then. */
    encoder: encoderSchema.optional(),
    /** What all vectors have in common, as `vectorText` writes it. */
    mean: z.string(),
  }),
  z.object({ kind: z.literal('price') }),
]);

/** What places items that came after a version was trained, in numbers; the rest is in `newcomers.onnx`. */
export const newcomersFileSchema = z.object({
  format: z.literal(1),
  /** What makes descriptions of an item, in the order of the graph's inputs, which have the kinds for names. */
  describers: z.array(describerSchema).min(1),
  /** So many rows, the first, are of items that the version was trained with. They never change. */
  items: z.int().min(1),
  /** Sources that add to the rows, beside behaviour. */
  sources: z.array(z.enum(EXPLANATION_SOURCES).exclude(['behaviour'])),
  /** What the product of a direction and a row counts. */
  scale: z.number(),
  halfLifeMs: z.number().positive(),
  /** The most popular items, best first. */
  popular: z.array(z.string()),
});

export type Encoder = z.output<typeof encoderSchema>;
/** What turns items into one kind of description, as far as the catalog decides it. */
export type Describer = z.output<typeof describerSchema>;
export type NewcomersFile = z.output<typeof newcomersFileSchema>;
