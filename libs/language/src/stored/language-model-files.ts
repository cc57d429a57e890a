import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxModel } from '@offerstream/onnx';
import { z } from 'zod';
import { LanguageError } from '../errors.js';
import { fusionOf, type FusionRecipe } from '../fusion/fusion-recipe.js';
import { LANGUAGE_MODEL_KINDS, type LanguageModelKind } from './language-model-card.js';
import { decodeNGramModel, encodeNGramModel } from '../n-gram/n-gram-file.js';
import type { NGramModel } from '../n-gram/n-gram-model.js';
import { networkComponent, type RunGraph } from '../neural/network-component.js';
import { POSITIONS, TOKENS } from '../neural/sentence-batch.js';
import { LOG_PROBABILITIES } from '../neural/serving-graph.js';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { TOKENIZERS, type TokenizerName } from '../text/tokenizers.js';

/** A language model as it is stored: whatever it is made of, it is a fusion, if only of one component. */
export interface LanguageModel {
  readonly kind: LanguageModelKind;
  /** Makes its words of a text. */
  readonly tokenizer: TokenizerName;
  readonly recipe: FusionRecipe;
  /** Has the vocabulary, also where the recipe does not use it. */
  readonly nGrams: NGramModel;
  /** Of the shop's own texts; only where the recipe uses it. */
  readonly shop?: NGramModel;
}

/** Its files in a version of the model repository; the network is served as `model.onnx`. */
const FILES = { description: 'language.json', nGrams: 'n-grams.bin', shop: 'shop-n-grams.bin' } as const;
const FORMAT = 1;

const descriptionSchema = z.object({
  format: z.literal(FORMAT),
  kind: z.enum(LANGUAGE_MODEL_KINDS),
  tokenizer: z.enum(Object.keys(TOKENIZERS) as TokenizerName[]),
  recipe: z.object({
    components: z
      .array(
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('n-gram'), order: z.int().min(1) }),
          z.object({ kind: z.literal('cache'), halfLifeWords: z.number(), backgroundWeight: z.number() }),
          z.object({ kind: z.literal('shop') }),
          z.object({ kind: z.literal('network') }),
        ]),
      )
      .min(1),
    weights: z.array(z.number()),
  }),
});

/** What a version of the model repository holds. */
export interface LanguageModelVersion {
  /** Absent where the recipe has no network: then inference has nothing to serve. */
  readonly served?: {
    readonly model: OnnxModel;
    readonly inputs: typeof SERVED_INPUTS;
    readonly outputs: typeof SERVED_OUTPUTS;
  };
  /** By name. */
  readonly beside: Readonly<Record<string, string | Uint8Array>>;
}

const SERVED_INPUTS = [
  { name: TOKENS, type: 'TYPE_INT64', dims: [-1, -1] },
  { name: POSITIONS, type: 'TYPE_INT64', dims: [-1] },
] as const;
const SERVED_OUTPUTS = [{ name: LOG_PROBABILITIES, type: 'TYPE_FP32', dims: [-1, -1] }] as const;

/**
 * Makes files of a language model, for a version of the model repository.
 *
 * @param network its `servingGraph`, where the recipe has one
 * @throws {LanguageError} `bad-option` where the recipe names what is not there, or the other way round
 */
export const languageModelFiles = (model: LanguageModel, network?: OnnxModel): LanguageModelVersion => {
  const { kind, tokenizer, recipe, nGrams, shop } = model;
  assertUsed('network', network !== undefined, recipe);
  assertUsed('shop', shop !== undefined, recipe);
  return {
    ...(network !== undefined && { served: { model: network, inputs: SERVED_INPUTS, outputs: SERVED_OUTPUTS } }),
    beside: {
      [FILES.description]: `${JSON.stringify({ format: FORMAT, kind, tokenizer, recipe }, null, 2)}\n`,
      [FILES.nGrams]: encodeNGramModel(nGrams),
      ...(shop !== undefined && { [FILES.shop]: encodeNGramModel(shop) }),
    },
  };
};

/**
 * @param folder a version in the model repository
 * @throws {LanguageError} `file-unreadable`; `model-unusable` where a file is foreign or damaged
 */
export const readLanguageModel = async (folder: string): Promise<LanguageModel> => {
  const description = parseDescription(join(folder, FILES.description), await read(folder, FILES.description));
  const { kind, tokenizer, recipe } = description;
  const nGrams = await readNGrams(folder, FILES.nGrams);
  if (!uses(recipe, 'shop')) return { kind, tokenizer, recipe, nGrams };
  return { kind, tokenizer, recipe, nGrams, shop: await readNGrams(folder, FILES.shop) };
};

/** Whether the model can be asked only where its network is served. */
export const hasNetwork = ({ recipe }: Pick<LanguageModel, 'recipe'>): boolean => uses(recipe, 'network');

/**
 * The model as one that says which word comes next.
 *
 * @param run runs its network; not needed where it has none
 * @throws {LanguageError} `bad-option`, `vocabularies-differ`
 */
export const nextWordModelOf = (model: LanguageModel, run?: RunGraph): NextWordModel => {
  const { kind, recipe, nGrams, shop } = model;
  const network = run === undefined ? undefined : networkComponent('network', nGrams.vocabulary.size, run);
  return fusionOf(kind, recipe, {
    nGrams,
    ...(shop !== undefined && { shop }),
    ...(network !== undefined && { network }),
  });
};

const uses = ({ components }: FusionRecipe, wanted: 'network' | 'shop'): boolean =>
  components.some(({ kind }) => kind === wanted);

const assertUsed = (what: 'network' | 'shop', isThere: boolean, recipe: FusionRecipe): void => {
  if (isThere === uses(recipe, what)) return;
  throw new LanguageError(
    'bad-option',
    isThere ? `The recipe does not use the ${what} that is given.` : `The recipe uses a ${what}, which is not given.`,
  );
};

const read = async (folder: string, file: string): Promise<Buffer> => {
  const path = join(folder, file);
  try {
    return await readFile(path);
  } catch (error) {
    throw new LanguageError('file-unreadable', `${path} can't be read: ${(error as Error).message}`, error);
  }
};

const readNGrams = async (folder: string, file: string): Promise<NGramModel> =>
  decodeNGramModel(await read(folder, file), join(folder, file));

const parseDescription = (path: string, bytes: Buffer): Pick<LanguageModel, 'kind' | 'tokenizer' | 'recipe'> => {
  try {
    return descriptionSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new LanguageError(
      'model-unusable',
      `${path} describes no language model of format ${FORMAT}: ${(error as Error).message}; train it again`,
      error,
    );
  }
};
