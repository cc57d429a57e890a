import { Graph, op, tensor, type OnnxModel, type Value } from '@offerstream/onnx';
import { BEHAVIOUR_DIMENSIONS } from './behaviour-vectors.js';
import { expectations, type ComparedItems } from './expected-behaviour.js';
import type { ContentSource, ItemDescription } from './item-sources.js';

/** What a fusion of a catalog's items says of items that are none of it. */
export interface NewcomersGraphOptions {
  readonly descriptions: readonly Pick<ItemDescription, 'kind' | 'source' | 'dimensions'>[];
  /** For each description [its dimensions, content dimensions]. */
  readonly projections: readonly Float32Array[];
  /** Left out where the catalog has nothing to compare with. */
  readonly compared: ComparedItems | undefined;
  /** For each description: what the behaviour that is expected by it counts. */
  readonly expectedScales: readonly number[];
  /** The length of the longest vector of the catalog. */
  readonly longest: number;
  readonly worth: {
    /** Of an item of which no demand is expected. */
    readonly ofNone: number;
    /** What expected demand counts. */
    readonly demand: number;
    /** How far the worth of an item of the catalog is from 0.5 at most. */
    readonly farthest: number;
  };
}

export const NEWCOMERS_OUTPUTS = {
  /** [B, d] */
  vectors: 'vectors',
  /** [B] */
  worth: 'worth',
  /** [B, d]: what a source adds to the vectors. */
  part: (source: ContentSource): string => `part_${source}`,
} as const;

/**
 * Makes the rows of items that nobody has touched from their descriptions: inputs by their kinds [B, dimensions], float32. Scores are in
 * [0, 1] as far as vectors and worths stay within those of the catalog, so those beyond are shortened.
 */
export const newcomersGraph = (options: NewcomersGraphOptions): OnnxModel => {
  const { descriptions, projections, compared, expectedScales, longest, worth } = options;
  const graph = new Graph('newcomers');
  const described = descriptions.map(({ kind, dimensions }) => graph.input(kind, 'float32', ['B', dimensions]));
  const nothing = graph.scalar('float32', 0);
  const expected =
    compared === undefined
      ? {
          behaviour: described.map(() => op.filled(nothing, ['B', BEHAVIOUR_DIMENSIONS])),
          demand: op.filled(nothing, ['B', 1]),
        }
      : expectations(graph, described, compared);

  const parts = new Map<ContentSource, Value<'float32'>>();
  descriptions.forEach(({ source, dimensions }, place) => {
    const projection = projections[place] as Float32Array;
    const onto = tensor('float32', [dimensions, projection.length / dimensions], projection);
    const content = op.matMul(described[place] as Value<'float32'>, graph.initializer(`projection_${place}`, onto));
    const behaviour = op.mul(expected.behaviour[place] as Value<'float32'>, expectedScales[place] as number);
    const adds = op.concat([content, behaviour], 1);
    const before = parts.get(source);
    parts.set(source, before === undefined ? adds : op.add(before, adds));
  });
  const sum = [...parts.values()].reduce((a, b) => op.add(a, b));
  const length = op.sqrt(op.reduceSumSquare(sum, [1], { keepDims: true }));
  const shortened = op.min(op.div(graph.scalar('float32', longest), op.max(length, SMALLEST)), 1);
  graph.output(NEWCOMERS_OUTPUTS.vectors, op.mul(sum, shortened));
  for (const [source, part] of parts) graph.output(NEWCOMERS_OUTPUTS.part(source), op.mul(part, shortened));

  const worths = op.squeeze(op.add(op.mul(expected.demand, worth.demand), worth.ofNone), 1);
  graph.output(NEWCOMERS_OUTPUTS.worth, op.clip(worths, 0.5 - worth.farthest, 0.5 + worth.farthest));
  return graph.model();
};

const SMALLEST = 1e-12;
