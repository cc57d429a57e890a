import { OnnxGraphError } from './errors.js';
import { encodeModel, type AttributeValue, type GraphNode, type GraphParts, type NamedTensor } from './encode-model.js';
import { OnnxModel } from './model.js';
import { formatShape, type Shape } from './shape.js';
import { scalar, vector, type ElementType, type NumberType, type Tensor } from './tensor.js';
import type { Value } from './value.js';

/** What an operator function says about the node it adds. */
export interface NodeSpecification {
  readonly operator: string;
  /** Operator set; the default is ONNX's own. */
  readonly domain?: string;
  readonly inputs: readonly Value[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs: readonly { readonly type: ElementType; readonly shape: Shape }[];
}

/**
 * A graph under construction. Inputs, initializers and outputs are made here, nodes by the functions of `op`:
 *
 * ```ts
 * const graph = new Graph('scores');
 * const users = graph.input('users', 'float32', ['B', 64]);
 * const items = graph.initializer('items', tensor('float32', [64, 1000], factors));
 * graph.output('scores', op.matMul(users, items));
 * await graph.model().writeTo(path);
 * ```
 *
 * The same calls in the same order give the same bytes.
 */
export class Graph {
  readonly #inputs: Value[] = [];
  readonly #initializers: NamedTensor[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #outputs: Value[] = [];
  readonly #names: Set<string>;
  readonly #dimensionSources = new Map<string, { readonly input: Value; readonly axis: number }>();
  readonly #memoized = new Map<string, Value>();
  readonly #outer: Graph | undefined;
  #scope = '';

  /** @param outer the graph of the node that this one is the body of: its values may be used here. */
  constructor(
    readonly name: string,
    outer?: Graph,
  ) {
    this.#outer = outer;
    // A body sees the names around it, so it can't have the same ones.
    this.#names = outer === undefined ? new Set() : outer.#names;
    if (outer !== undefined) this.#scope = name;
  }

  /** The nodes in the order in which they were added. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  input<T extends ElementType>(name: string, type: T, shape: Shape): Value<T> {
    const value = this.#declare(this.#outer === undefined ? name : this.#scoped(name), type, shape);
    this.#addInput(value);
    return value;
  }

  /**
   * An input that may be left out: the graph then sees `byDefault`. Where the default is smaller than the named
   * dimensions of the shape (1 instead of B), `op.expand` makes up for it. Declare the other inputs first, because
   * {@link Graph.size} asks the first input that has a dimension.
   */
  optionalInput<T extends ElementType>(name: string, shape: Shape, byDefault: Tensor<T>): Value<T> {
    if (byDefault.shape.length !== shape.length) {
      throw new OnnxGraphError(
        'wrong-rank',
        `default of input "${name}": expected rank ${shape.length} as in ${formatShape(shape)}, got ${formatShape(byDefault.shape)}`,
      );
    }
    const value = this.#declare(name, byDefault.type, shape);
    this.#addInput(value);
    this.#initializers.push({ name, tensor: byDefault });
    return value;
  }

  initializer<T extends ElementType>(name: string, tensor: Tensor<T>): Value<T> {
    const value = this.#declare(this.#scoped(name), tensor.type, tensor.shape);
    this.#initializers.push({ name: value.name, tensor });
    return value;
  }

  /** A number as an initializer, made once a graph. */
  scalar<T extends NumberType>(type: T, value: number): Value<T> {
    if (this.#outer !== undefined) return this.#outer.scalar(type, value);
    return this.#once(`${type} ${value}`, `${type}(${value})`, () => scalar(type, value));
  }

  /** A list of int64 (axes, sizes) as an initializer, made once a graph. */
  int64s(values: readonly number[]): Value<'int64'> {
    if (this.#outer !== undefined) return this.#outer.int64s(values);
    return this.#once(`int64s ${values.join()}`, `int64s(${values.join()})`, () => vector('int64', values));
  }

  /**
   * The run-time size of a named dimension, int64 [1], taken from the first input that has it.
   * @throws {OnnxGraphError} `unknown-dimension`
   */
  size(dimension: string): Value<'int64'> {
    const source = this.#dimensionSources.get(dimension);
    if (source === undefined) {
      throw new OnnxGraphError('unknown-dimension', `no input of graph "${this.name}" has a dimension "${dimension}"`);
    }
    const key = `size ${dimension}`;
    const known = this.#memoized.get(key);
    if (known !== undefined) return known as Value<'int64'>;
    const [size] = this.node({
      operator: 'Shape',
      inputs: [source.input],
      attributes: { start: source.axis, end: source.axis + 1 },
      outputs: [{ type: 'int64', shape: [1] }],
    });
    this.#memoized.set(key, size as Value);
    return size as Value<'int64'>;
  }

  /** Adds a prefix to the names of what `build` makes, for readable graphs and errors. Scopes nest. */
  scope<R>(name: string, build: () => R): R {
    const outer = this.#scope;
    this.#scope = this.#scoped(name);
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  output(name: string, value: Value): void {
    this.#assertOwn(value, `output "${name}"`);
    // The results of a body are taken by their order: where it can, each keeps its name, which saves a copy a step.
    const made = value.graph === this && !this.#inputs.includes(value);
    if (this.#outer !== undefined && made && !this.#outputs.includes(value)) {
      this.#outputs.push(value);
      return;
    }
    const [renamed] = this.#addNode(
      { operator: 'Identity', inputs: [value], outputs: [{ type: value.type, shape: value.shape }] },
      this.nextNodeName('Identity'),
      [this.#outer === undefined ? name : this.#scoped(name)],
    );
    this.#outputs.push(renamed as Value);
  }

  /** The name that the next node of an operator gets, for errors about it. */
  nextNodeName(operator: string): string {
    return this.#scoped(`${operator}_${this.#nodes.length}`);
  }

  /** Adds a node as it is. The functions of `op` check types and shapes before they call this. */
  node(specification: NodeSpecification): readonly Value[] {
    const name = this.nextNodeName(specification.operator);
    const names = specification.outputs.map((_, i) => (i === 0 ? name : `${name}:${i}`));
    return this.#addNode(specification, name, names);
  }

  /** @throws {OnnxGraphError} `no-output` */
  model(): OnnxModel {
    if (this.#outputs.length === 0) throw new OnnxGraphError('no-output', `graph "${this.name}" has no output`);
    return new OnnxModel(encodeModel(this.parts()));
  }

  /** The graph's inputs, in the order in which they were declared. */
  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  /** The tensor that a value always has, if it is an initializer. */
  constantOf(value: Value): Tensor | undefined {
    return this.#initializers.find(({ name }) => name === value.name && !this.#inputs.includes(value))?.tensor;
  }

  /** What the graph consists of, for an attribute that is a graph. */
  parts(): GraphParts {
    return {
      name: this.name,
      inputs: this.#inputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
      outputs: this.#outputs,
    };
  }

  #addInput(value: Value): void {
    this.#inputs.push(value);
    value.shape.forEach((dimension, axis) => {
      if (typeof dimension === 'string' && !this.#dimensionSources.has(dimension)) {
        this.#dimensionSources.set(dimension, { input: value, axis });
      }
    });
  }

  #addNode(specification: NodeSpecification, name: string, outputNames: readonly string[]): readonly Value[] {
    for (const input of specification.inputs) this.#assertOwn(input, `node "${name}"`);
    const outputs = specification.outputs.map(({ type, shape }, i) =>
      this.#declare(outputNames[i] ?? name, type, shape),
    );
    this.#nodes.push({
      name,
      operator: specification.operator,
      domain: specification.domain ?? '',
      inputs: specification.inputs,
      outputs,
      attributes: specification.attributes ?? {},
    });
    return outputs;
  }

  #once<T extends ElementType>(key: string, name: string, make: () => Tensor<T>): Value<T> {
    const known = this.#memoized.get(key);
    if (known !== undefined) return known as Value<T>;
    const tensor = make();
    const value = this.#declare(name, tensor.type, tensor.shape);
    this.#initializers.push({ name, tensor });
    this.#memoized.set(key, value);
    return value;
  }

  #scoped(name: string): string {
    return this.#scope === '' ? name : `${this.#scope}/${name}`;
  }

  #declare<T extends ElementType>(name: string, type: T, shape: Shape): Value<T> {
    if (this.#names.has(name)) {
      throw new OnnxGraphError('duplicate-name', `graph "${this.name}" already has a value named "${name}"`);
    }
    this.#names.add(name);
    return { graph: this, name, type, shape };
  }

  #assertOwn(value: Value, where: string): void {
    if (this.#sees(value.graph)) return;
    throw new OnnxGraphError(
      'foreign-value',
      `${where}: "${value.name}" belongs to graph "${value.graph.name}", not to "${this.name}"`,
    );
  }

  #sees(graph: Graph): boolean {
    return graph === this || (this.#outer !== undefined && this.#outer.#sees(graph));
  }
}
