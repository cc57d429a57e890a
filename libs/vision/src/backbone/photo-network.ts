import { EditableModel, Graph, op, tensor, type OnnxModel, type Value } from '@offerstream/onnx';
import { openSession, type Session, type Tensor, type Tensors } from '@offerstream/onnx-runtime';
import { VisionError } from '../errors.js';
import { IMAGE_MODEL, type ImageModelDescription } from '../stored/image-model-description.js';
import { inputOfLastLayer } from './last-layer.js';
import type { PixelNormalisation } from './pixel-normalisation.js';

/** What makes features of photos. */
export interface PhotoNetwork {
  readonly input: ImageModelDescription['input'];
  /** Sizes of what the features [B, F] are put together from, each of unit length; the first is the network's own embedding. */
  readonly parts: readonly number[];
  /** What a photo becomes → {@link FEATURES} and `embedding`; a head is put behind them. */
  readonly graph: EditableModel;
}

type PixelInput = Extract<ImageModelDescription['input'], { kind: 'pixels' }>;

export interface BackboneOptions {
  /** Absent where the graph takes bytes and does it itself. */
  readonly normalisation?: PixelNormalisation;
  /** The value of the graph that is the embedding; default: what goes into the last layer. */
  readonly cutAt?: string;
}

/** The output of a network with all of its features, [B, F]. */
export const FEATURES = 'photo_features';

/** Sizes of feature maps that are looked at beside the embedding, the deepest. */
const MAPS = 3;
/** The deepest map is looked at from top to bottom in so many bands. */
const BANDS = 3;
/** Where a graph does not say which size it takes. */
const DEFAULT_SIZE = 224;
/** Keeps a part that is 0 there. */
const LEAST_SQUARE = 1e-24;

/**
 * Makes a network for photos of a classifier: without its last layer, with bytes for pixels, its normalisation inside. Beside the embedding it
 * gives the means of the deepest maps in which branches meet (residual sums, concatenations), one a size, because what was learned for other
 * classes is found there, too.
 *
 * @param bytes of an ONNX file; they must stay unchanged
 * @throws {VisionError} `model-unusable` where it is no classifier of photos
 * @throws {OnnxFileError} `truncated`, `not-onnx`, `external-data`, `unknown-operators`
 * @throws {OnnxGraphError} `operator-set-too-old`
 */
export const photoNetworkOf = async (bytes: Uint8Array, options: BackboneOptions): Promise<PhotoNetwork> => {
  const model = EditableModel.read(bytes);
  model.makeNodeNamesUnique();
  for (const { name, optional } of model.inputs) if (optional) model.dropInput(name);
  const input = takeBytes(model, options.normalisation);
  const embedding =
    options.cutAt ?? (options.normalisation === undefined ? IMAGE_MODEL.embedding : inputOfLastLayer(model));
  const maps = await mapsOf(model, embedding, input);
  const parts = appendFeatures(model, embedding, maps);
  for (const { name } of model.outputs) {
    if (name !== FEATURES && name !== IMAGE_MODEL.embedding) model.dropOutput(name);
  }
  return { input, parts, graph: model };
};

/** A backbone for everybody: pixels → embedding. */
export const backboneOf = async (
  bytes: Uint8Array,
  options: BackboneOptions,
): Promise<{ readonly description: ImageModelDescription; readonly model: OnnxModel }> => {
  const { input, parts, graph } = await photoNetworkOf(bytes, options);
  graph.dropOutput(FEATURES);
  return { description: { input, embedding: { dimensions: parts[0] as number } }, model: graph.model() };
};

const takeBytes = (model: EditableModel, normalisation: PixelNormalisation | undefined): PixelInput => {
  const [input, ...others] = model.inputs;
  const shape = input?.shape ?? [];
  const rowsFirst = shape[3] === 3;
  const wanted = normalisation === undefined ? 'uint8' : 'float32';
  if (
    input === undefined ||
    others.length > 0 ||
    shape.length !== 4 ||
    input.type !== wanted ||
    !(rowsFirst || shape[1] === 3)
  ) {
    throw new VisionError(
      'model-unusable',
      `No backbone can be made of this model: expected one ${wanted} input of photos with 3 channels, it takes ` +
        `${model.inputs.map(({ name, type, shape: of }) => `${name} ${type ?? '?'} [${of?.join(', ') ?? '?'}]`).join(', ')}.`,
    );
  }
  const [height, width] = (rowsFirst ? shape.slice(1, 3) : shape.slice(2)).map((size) =>
    typeof size === 'number' ? size : DEFAULT_SIZE,
  ) as [number, number];
  if (normalisation !== undefined) {
    model.declareShape(input.name, rowsFirst ? ['B', height, width, 3] : ['B', 3, height, width]);
    if (input.name === IMAGE_MODEL.pixels) model.rename(input.name, 'network_input');
    const name = input.name === IMAGE_MODEL.pixels ? 'network_input' : input.name;
    model.prepend(normalisingGraph(normalisation, { height, width, rowsFirst }), { normalised: name });
  }
  return { kind: 'pixels', width, height, resize: 'fill' };
};

const normalisingGraph = (
  { channels, mean, deviation }: PixelNormalisation,
  { height, width, rowsFirst }: { readonly height: number; readonly width: number; readonly rowsFirst: boolean },
): Graph => {
  const graph = new Graph('normalisation');
  const bytes = op.cast(graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', height, width, 3]), 'float32');
  const ordered = channels === 'rgb' ? bytes : op.gather(bytes, graph.int64s([2, 1, 0]), 3);
  const moved = op.sub(ordered, constant(graph, 'mean', [3], mean));
  const normalised = op.div(moved, constant(graph, 'deviation', [3], deviation));
  graph.output('normalised', rowsFirst ? normalised : op.transpose(normalised, [0, 3, 1, 2]));
  return graph;
};

/** A value within a network, and what it is of one photo. */
interface NetworkMap {
  readonly name: string;
  /** [D], or [C, h, w] of a map. */
  readonly shape: readonly number[];
}

/** The embedding, and the deepest maps, one a size, the deepest first. @throws {VisionError} `model-unusable` */
const mapsOf = async (
  model: EditableModel,
  embedding: string,
  { width, height }: PixelInput,
): Promise<readonly NetworkMap[]> => {
  const looked = EditableModel.read(model.model().toBuffer());
  const names = [...joinsBefore(looked, embedding), embedding];
  const probe = new Graph('probe');
  // Their shapes are what is asked for.
  names.forEach((_, i) => probe.output(`probe_${i}`, op.relu(probe.input(`value_${i}`, 'float32', ['B', `d${i}`]))));
  looked.append(probe, sourcesOf(names));
  for (const { name } of looked.outputs) if (!name.startsWith('probe_')) looked.dropOutput(name);
  const session = await openSession(looked.model().toBuffer());
  const pixels: Tensor = {
    dtype: 'uint8',
    dims: [2, height, width, 3],
    data: new Uint8Array(2 * height * width * 3).fill(128),
  };
  const results = await runProbe(session, pixels).finally(() => session.close());
  const maps = names.map((name, i) => ({ name, dims: results[`probe_${i}`]?.dims ?? [] }));
  const own = maps.at(-1);
  const known = [2, 4].includes(own?.dims.length ?? 0) && own?.dims[0] === 2;
  if (own === undefined || !known) {
    throw new VisionError(
      'model-unusable',
      `"${embedding}" is [${own?.dims.join(', ') ?? ''}] for two photos, so it can't be an embedding [2, D] or a map of it [2, D, h, w].`,
    );
  }
  const bySize = new Map<string, NetworkMap>();
  for (const { name, dims } of maps.slice(0, -1)) {
    if (dims.length === 4 && dims[0] === 2) bySize.set(dims.join(), { name, shape: dims.slice(1) });
  }
  const inner = [...bySize.values()].slice(-MAPS).toReversed();
  return [{ name: embedding, shape: own.dims.slice(1) }, ...inner];
};

const runProbe = async (session: Session, pixels: Tensor): Promise<Tensors> => {
  try {
    return await session.run({ [IMAGE_MODEL.pixels]: pixels });
  } catch (error) {
    throw new VisionError(
      'model-unusable',
      `The network can't look at two photos at once (${(error as Error).message}). Export it with a dynamic batch: ` +
        'torch.onnx.export with dynamic_shapes=[{0: torch.export.Dim.DYNAMIC}], and two photos for an example.',
      error,
    );
  }
};

/** Values in which two computed branches meet, before another value, in the order of the graph. */
const joinsBefore = (model: EditableModel, value: string): readonly string[] => {
  const constants = new Set(model.initializers.map(({ name }) => name));
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const before = new Set<string>();
  const pending = [value];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (before.has(name)) continue;
    before.add(name);
    pending.push(...(producers.get(name)?.inputs ?? []));
  }
  return model.nodes.flatMap(({ operator, inputs, outputs: [output] }) => {
    const isComputed = (name: string): boolean => !constants.has(name) && producers.get(name)?.operator !== 'Constant';
    const joins = (operator === 'Add' || operator === 'Concat') && inputs.filter(isComputed).length > 1;
    return joins && output !== undefined && output !== value && before.has(output) ? [output] : [];
  });
};

/** Adds the features, of operators that the oldest operator sets have. */
const appendFeatures = (model: EditableModel, embedding: string, maps: readonly NetworkMap[]): readonly number[] => {
  const isOutput = model.outputs.some(({ name }) => name === IMAGE_MODEL.embedding);
  if (isOutput && embedding !== IMAGE_MODEL.embedding) model.rename(IMAGE_MODEL.embedding, 'network_embedding');
  const graph = new Graph('features');
  const parts = maps.map(({ shape }, place) => {
    const [channels = 0, height = 1, width = 1] = shape;
    const value = graph.input(`value_${place}`, 'float32', ['B', ...shape]);
    if (shape.length === 1) return unitLength(value, channels);
    const bands = place === 1 ? Math.min(BANDS, height) : 1;
    const pooled = op.matMul(
      op.reshape(value, ['B', channels, height * width]),
      constant(graph, `bands_${place}`, [height * width, bands], bandWeights(height, width, bands)),
    );
    return unitLength(op.reshape(pooled, ['B', channels * bands]), channels * bands);
  });
  const [own] = parts as [Value<'float32'>];
  graph.output(FEATURES, parts.length === 1 ? own : op.concat(parts, 1));
  if (embedding !== IMAGE_MODEL.embedding) graph.output(IMAGE_MODEL.embedding, own);
  const names = maps.map(({ name }) =>
    name === IMAGE_MODEL.embedding && embedding !== name ? 'network_embedding' : name,
  );
  model.append(graph, sourcesOf(names));
  return parts.map(({ shape }) => shape[1] as number);
};

/** Values of a model by the inputs of a graph that is put behind them, whose own names could be theirs. */
const sourcesOf = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name, i) => [`value_${i}`, name]));

/** Rows scaled to unit length. @param x [B, D] */
export const unitLength = (x: Value<'float32'>, dimensions: number): Value<'float32'> => {
  const ones = constant(x.graph, `ones of ${x.name}`, [dimensions, 1], new Array<number>(dimensions).fill(1));
  return op.div(x, op.sqrt(op.add(op.matMul(op.mul(x, x), ones), LEAST_SQUARE)));
};

/** [h · w, bands]: by how much each place counts in the mean of each band; a row may lie in two. */
const bandWeights = (height: number, width: number, bands: number): readonly number[] => {
  const rows = height / bands;
  return Array.from({ length: height * width * bands }, (_, at) => {
    const [row, band] = [Math.floor(at / bands / width), at % bands];
    const within = Math.min(row + 1, (band + 1) * rows) - Math.max(row, band * rows);
    return Math.max(0, within) / rows / width;
  });
};

export const constant = (
  graph: Graph,
  name: string,
  shape: readonly number[],
  values: Iterable<number>,
): Value<'float32'> => graph.initializer(name, tensor('float32', shape, Float32Array.from(values)));
