import { op, type FloatType, type GraphNode, type Value } from '@offerstream/onnx';
import { AutodiffError } from './errors.js';
import type { Float, InputGradients, OutputGradients } from './gradient-rule.js';
import { ownGradientOf } from './operations/own-gradient.js';
import { RULES } from './rules/index.js';

/**
 * Adds to a loss' graph the nodes that compute its gradients with respect to some values (reverse accumulation: Griewank, Walther,
 * "Evaluating Derivatives", 2008, chapter 3).
 *
 * @param loss a scalar
 * @returns one gradient for each value, in its shape
 * @throws {AutodiffError} `no-gradient`, `no-influence`
 */
export const gradients = <T extends FloatType>(loss: Value<T>, values: readonly Value<T>[]): readonly Value<T>[] => {
  const { graph } = loss;
  if (loss.shape.length > 0) {
    throw new AutodiffError(
      'no-gradient',
      `"${loss.name}" is not a scalar but [${loss.shape.join(', ')}]: reduce it first`,
    );
  }
  return graph.scope('gradient', () => {
    const nodes = [...graph.nodes];
    const influenced = influencedBy(nodes, values);
    const sums = new Map<Value, Float>([[loss, graph.scalar(loss.type, 1)]]);
    const finished = new Set<object>();

    for (const node of nodes.reverse()) {
      const own = node.outputs.map(ownGradientOf).find((operation) => operation !== undefined);
      const { inputs, outputs } = own ?? node;
      if (finished.has(own ?? node)) continue;
      finished.add(own ?? node);
      const incoming = outputs.map((output) => sums.get(output));
      if (incoming.every((gradient) => gradient === undefined)) continue;
      if (!inputs.some((input) => influenced.has(input))) continue;

      const outgoing = own === undefined ? ruleGradients(node, incoming) : own.gradient(incoming);
      inputs.forEach((input, i) => {
        if (!influenced.has(input)) return;
        const make = outgoing[i];
        if (make === undefined) {
          throw new AutodiffError(
            'no-gradient',
            `${node.name}: no gradient with respect to input ${i} ("${input.name}")`,
          );
        }
        const known = sums.get(input);
        sums.set(input, known === undefined ? make() : op.add(known, make()));
      });
    }

    return values.map((value) => {
      const gradient = sums.get(value);
      if (gradient === undefined)
        throw new AutodiffError('no-influence', `"${value.name}" does not influence the loss`);
      return gradient as Value<T>;
    });
  });
};

/** The values that change with some others, continuously: a condition or a position has no gradient. */
const influencedBy = (nodes: readonly GraphNode[], values: readonly Value[]): ReadonlySet<Value> => {
  const influenced = new Set(values);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((input) => influenced.has(input))) continue;
    for (const output of outputs) if (output.type === 'float32' || output.type === 'float64') influenced.add(output);
  }
  return influenced;
};

const ruleGradients = (node: GraphNode, incoming: OutputGradients): InputGradients => {
  const rule = Object.hasOwn(RULES, node.operator) ? RULES[node.operator as keyof typeof RULES] : undefined;
  if (rule === undefined) throw new AutodiffError('no-gradient', `${node.name}: ${node.operator} has no gradient rule`);
  return rule(node, incoming);
};
