import { encodeShape } from '../encode-model.js';
import { OnnxGraphError } from '../errors.js';
import type { Graph } from '../graph.js';
import { OnnxModel } from '../model.js';
import { GRAPH, MODEL, NODE, OPSET, TENSOR, TENSOR_TYPE, TYPE, VALUE_INFO } from '../proto-fields.js';
import { ProtobufMessage } from '../protobuf.js';
import { formatShape, type Shape } from '../shape.js';
import type { ElementType, Tensor } from '../tensor.js';
import { checkedFields } from './check-file.js';
import {
  bodiesOf,
  nameOfSparse,
  nodesWithin,
  ownDomain,
  readInitializer,
  readNode,
  readTensor,
  readValue,
  type ModelInitializer,
  type ModelInput,
  type ModelNode,
  type ModelValue,
} from './model-parts.js';
import { neededVersion } from './operator-sets.js';
import { renameValues } from './rename-values.js';
import { namesOf, usedBy, withoutUnused } from './used-values.js';
import {
  decodeText,
  editField,
  editMessage,
  integerOf,
  lengthDelimited,
  textOf,
  wireFields,
  type WireField,
} from './wire-fields.js';

/** Before this version of the format every initializer had to be an input, too (onnx, docs/IR.md). */
const IR_WITH_CONSTANTS = 4;

/**
 * An existing ONNX model that can be looked into and changed at its edges, for example a network that gets another head:
 *
 * ```ts
 * const model = EditableModel.read(await readModelFile(path));
 * const head = new Graph('head');
 * const hidden = head.input('last_hidden_state', 'float32', ['B', 'T', 384]);
 * head.output('sum', op.reduceSum(hidden, [1], { keepDims: false }));
 * model.append(head);
 * model.dropOutput('last_hidden_state');
 * await model.model().writeTo(changed);
 * ```
 *
 * What is not changed keeps its bytes, whatever it is; the weights are never copied.
 */
export class EditableModel {
  /** All fields of the model; the content of its graph is in the other list. */
  #model: readonly WireField[];
  #graph: readonly WireField[];

  private constructor(fields: readonly WireField[]) {
    this.#model = fields;
    const graph = fields.find(({ number }) => number === MODEL.graph)?.content;
    this.#graph = graph === undefined ? [] : [...wireFields(graph)];
  }

  /**
   * @param bytes of the file; they must stay unchanged
   * @throws {OnnxFileError} `truncated`, `not-onnx`, `external-data`, `unknown-operators`
   */
  static read(bytes: Uint8Array): EditableModel {
    return new EditableModel(checkedFields(bytes));
  }

  /** Version of the file format. */
  get irVersion(): number {
    return Number(this.#model.find(({ number }) => number === MODEL.irVersion)?.varint ?? 0);
  }

  /** The program that wrote the file, as far as it says so. */
  get producer(): string {
    const name = this.#model.find(({ number }) => number === MODEL.producerName)?.content;
    return name === undefined ? '' : decodeText(name);
  }

  /** Versions of the operator sets by their domains; '' is ONNX's own. */
  get operatorSets(): ReadonlyMap<string, number> {
    return new Map(
      this.#model.flatMap(({ number, content }) =>
        number === MODEL.opsetImport && content !== undefined
          ? [[ownDomain(textOf(content, OPSET.domain)), integerOf(content, OPSET.version)] as const]
          : [],
      ),
    );
  }

  get inputs(): readonly ModelInput[] {
    const defaults = this.#constants();
    return this.#contents(GRAPH.input).map((input) => {
      const value = readValue(input);
      return { ...value, optional: defaults.has(value.name) };
    });
  }

  get outputs(): readonly ModelValue[] {
    return this.#contents(GRAPH.output).map(readValue);
  }

  get nodes(): readonly ModelNode[] {
    return this.#contents(GRAPH.node).map(readNode);
  }

  /** Constants, and defaults of inputs that may be left out; without those that are sparse. */
  get initializers(): readonly ModelInitializer[] {
    return this.#contents(GRAPH.initializer).map(readInitializer);
  }

  /**
   * The elements of a constant, or of an input's default, copied.
   *
   * @throws {OnnxGraphError} `unknown-value`; `wrong-type` when it has elements of another type, or not as raw bytes
   */
  constant<T extends ElementType>(name: string, type: T): Tensor<T> {
    const content = this.#contents(GRAPH.initializer).find((tensor) => textOf(tensor, TENSOR.name) === name);
    if (content === undefined) throw new OnnxGraphError('unknown-value', `the model has no constant "${name}"`);
    const tensor = readTensor(content, type);
    if (tensor !== undefined) return tensor;
    throw new OnnxGraphError(
      'wrong-type',
      `"${name}" is not made of raw ${type}: it is ${readInitializer(content).type}`,
    );
  }

  /**
   * Adds a graph behind values of the model: what the graph calls an input is a value of the model (an output, an input, the result of
   * any node), what it calls an output is a further output of the model. Everything else gets names of its own, and inputs with defaults
   * become constants.
   *
   * @param sources the model's values by the graph's inputs, where their names differ
   * @throws {OnnxGraphError} `unknown-value`, `wrong-type`, `duplicate-name`, `operator-set-too-old`
   */
  append(fragment: Graph, sources: Readonly<Record<string, string>> = {}): void {
    const added = EditableModel.read(fragment.model().toBuffer());
    const inputs = added.inputs.filter(({ optional }) => !optional);
    const names = new Map(inputs.map(({ name }) => [name, sources[name] ?? name]));
    this.#checkSources(
      fragment.name,
      inputs.map((input) => ({ ...input, name: names.get(input.name) ?? input.name })),
    );
    const taken = this.#names();
    for (const { name } of added.outputs) {
      assertFree(name, taken);
      names.set(name, name);
    }
    const fields = this.#adopt(fragment.name, added, { names, edge: GRAPH.output });
    this.#graph = [...this.#graph, ...fields];
  }

  /**
   * Adds a graph before the model: what the graph calls an output is an input of the model, which the graph's own inputs replace.
   * Everything else gets names of its own, and inputs with defaults become constants.
   *
   * @param targets the model's inputs by the graph's outputs, where their names differ
   * @throws {OnnxGraphError} `unknown-value`, `wrong-type`, `duplicate-name`, `operator-set-too-old`
   */
  prepend(fragment: Graph, targets: Readonly<Record<string, string>> = {}): void {
    const added = EditableModel.read(fragment.model().toBuffer());
    const names = new Map(added.outputs.map(({ name }) => [name, targets[name] ?? name]));
    this.#checkTargets(
      fragment.name,
      added.outputs.map((output) => ({ ...output, name: names.get(output.name) ?? output.name })),
    );
    const replaced = new Set(names.values());
    const taken = this.#names();
    for (const { name, optional } of added.inputs) {
      if (optional) continue;
      assertFree(name, taken);
      names.set(name, name);
    }
    const fields = this.#adopt(fragment.name, added, { names, edge: GRAPH.input });
    const kept = this.#graph.filter((field) => ![...replaced].some((name) => isValueNamed(field, GRAPH.input, name)));
    // A node stands behind those whose results it takes.
    this.#graph = [...fields, ...kept];
  }

  /**
   * Takes an output away, and with it every node and constant that no other output needs.
   *
   * @throws {OnnxGraphError} `unknown-value`; `no-output` when it is the only one
   */
  dropOutput(name: string): void {
    this.#assertIsOutput(name);
    if (this.outputs.length === 1) throw new OnnxGraphError('no-output', `"${name}" is the only output of the model`);
    this.#graph = this.#graph.filter((field) => !isValueNamed(field, GRAPH.output, name));
    this.#graph = withoutUnused(this.#graph);
  }

  /**
   * Takes an input away: one that nothing uses, or one that has a default, which becomes a constant. (In old files all weights are
   * inputs, and whoever serves the model would pass them on with every run.)
   *
   * @throws {OnnxGraphError} `unknown-value`; `in-use` when it has no default and a node or an output needs it
   */
  dropInput(name: string): void {
    const input = this.inputs.find((candidate) => candidate.name === name);
    if (input === undefined) throw unknownValue(`input "${name}"`, this.inputs);
    if (!input.optional) {
      const user = this.#contents(GRAPH.node).find((node) => usedBy(node).has(name));
      const isOutput = this.outputs.some((output) => output.name === name);
      if (user !== undefined || isOutput) {
        const by = user === undefined ? 'is an output, too' : `goes into node "${readNode(user).name}"`;
        throw new OnnxGraphError('in-use', `input "${name}" has no default and ${by}`);
      }
    }
    this.#allowConstants();
    this.#graph = this.#graph.filter((field) => !isValueNamed(field, GRAPH.input, name));
  }

  /** Gives an input or output another name. @throws {OnnxGraphError} `unknown-value`, `duplicate-name` */
  rename(from: string, to: string): void {
    const edges = [...this.inputs, ...this.outputs];
    if (!edges.some(({ name }) => name === from)) throw unknownValue(`input or output "${from}"`, edges);
    if (from === to) return;
    assertFree(to, this.#names());
    const edits = renameValues((name) => (name === from ? to : name));
    this.#graph = this.#graph.map((field) => editField(field, edits));
  }

  /**
   * Says anew which shape an input or output has, for example `['B', 3, 224, 224]` where a file has a batch of one. What the file says of
   * shapes within the graph is forgotten, since it follows from these; a size that stands in the graph itself (a reshape to a fixed
   * batch) stays.
   *
   * @throws {OnnxGraphError} `unknown-value`, `wrong-rank`
   */
  declareShape(name: string, shape: Shape): void {
    const values = [...this.inputs, ...this.outputs];
    const known = values.filter((value) => value.name === name);
    if (known.length === 0) throw unknownValue(`input or output "${name}"`, values);
    for (const { shape: before } of known) {
      if (before === undefined || before.length === shape.length) continue;
      throw new OnnxGraphError(
        'wrong-rank',
        `"${name}" has the shape ${formatShape(before)}, so it can't be ${formatShape(shape)}`,
      );
    }
    const declare = (content: Uint8Array): Uint8Array =>
      readValue(content).name === name ? withShape(content, shape) : content;
    this.#graph = this.#graph
      .filter(({ number }) => number !== GRAPH.valueInfo)
      .map((field) => editField(field, { [GRAPH.input]: declare, [GRAPH.output]: declare }));
  }

  /** Gives nodes that share a name names of their own: ONNX Runtime refuses such a file, ONNX's own checker does not. */
  makeNodeNamesUnique(): void {
    const taken = new Set(this.nodes.map(({ name }) => name));
    const seen = new Set<string>();
    const unique = (node: Uint8Array): Uint8Array => {
      const { name } = readNode(node);
      if (name === '') return node;
      let renamed = name;
      for (let i = 2; seen.has(renamed) || (renamed !== name && taken.has(renamed)); i++) renamed = `${name}_${i}`;
      seen.add(renamed);
      return renamed === name ? node : withName(node, renamed);
    };
    this.#graph = this.#graph.map((field) => editField(field, { [GRAPH.node]: unique }));
  }

  /** The model as it is now. It refers to the bytes that were read. */
  model(): OnnxModel {
    const graph = new ProtobufMessage();
    for (const { whole } of this.#graph) graph.fields(whole);
    const model = new ProtobufMessage();
    for (const { number, whole } of this.#model) {
      if (number === MODEL.graph) model.message(MODEL.graph, graph);
      else model.fields(whole);
    }
    return new OnnxModel(model);
  }

  #contents(number: number): readonly Uint8Array[] {
    return this.#graph.flatMap((field) => (field.number === number ? (field.content ?? []) : []));
  }

  #constants(): ReadonlySet<string> {
    return new Set([
      ...this.initializers.map(({ name }) => name),
      ...this.#contents(GRAPH.sparseInitializer).map(nameOfSparse),
    ]);
  }

  /** Every name of a value, those within bodies, too. */
  #names(): ReadonlySet<string> {
    return namesOf(this.#graph);
  }

  #checkSources(fragment: string, from: readonly ModelValue[]): void {
    const typed = new Map(
      [...this.#contents(GRAPH.valueInfo).map(readValue), ...this.initializers, ...this.inputs, ...this.outputs].map(
        ({ name, type }) => [name, type],
      ),
    );
    const all = new Set([...this.nodes.flatMap(({ outputs }) => outputs), ...this.#constants(), ...typed.keys()]);
    for (const { name, type } of from) {
      if (!all.has(name)) {
        throw new OnnxGraphError(
          'unknown-value',
          `graph "${fragment}" builds on "${name}", which the model does not have`,
        );
      }
      const known = typed.get(name);
      if (known !== undefined && known !== type) {
        throw new OnnxGraphError(
          'wrong-type',
          `graph "${fragment}" takes "${name}" for ${type}, in the model it is ${known}`,
        );
      }
    }
  }

  #checkTargets(fragment: string, into: readonly ModelValue[]): void {
    for (const { name, type } of into) {
      const inputs = this.inputs.filter(({ optional }) => !optional);
      const input = inputs.find((candidate) => candidate.name === name);
      if (input === undefined) throw unknownValue(`input "${name}", which graph "${fragment}" is to make`, inputs);
      if (input.type === type) continue;
      throw new OnnxGraphError(
        'wrong-type',
        `graph "${fragment}" makes ${type} of "${name}", the model takes ${input.type}`,
      );
    }
  }

  /**
   * The fields of another graph for this one, with names of their own where nothing else is said.
   *
   * @param edge which of the other graph's ends becomes this model's
   */
  #adopt(
    name: string,
    added: EditableModel,
    { names, edge }: { readonly names: ReadonlyMap<string, string>; readonly edge: number },
  ): readonly WireField[] {
    const prefix = freePrefix(name, [...this.#names(), ...this.nodes.map((node) => node.name)]);
    const rename = renameValues((value) => names.get(value) ?? (value === '' ? '' : `${prefix}${value}`));
    const constants = new Set(added.initializers.map((constant) => constant.name));
    const fields = added.#graph
      .filter(({ number }) => number === GRAPH.node || number === GRAPH.initializer || number === edge)
      .filter(({ number, content }) => !(number === GRAPH.input && content && constants.has(readValue(content).name)))
      .map((field) => editField(field, rename))
      .map((field) => editField(field, { [GRAPH.node]: (node) => withName(node, `${prefix}${readNode(node).name}`) }));
    this.#importOperatorSets(added);
    if (constants.size > 0) this.#allowConstants();
    return fields;
  }

  #importOperatorSets(added: EditableModel): void {
    const present = this.operatorSets;
    const missing = new Map<string, number>();
    for (const node of added
      .#contents(GRAPH.node)
      .flatMap((content) => [content, ...bodiesOf(content).flatMap((body) => [...nodesWithin(body)])])) {
      const { operator, domain } = readNode(node);
      const needed = domain === '' ? neededVersion(operator) : (added.operatorSets.get(domain) ?? 1);
      const has = present.get(domain);
      if (has === undefined) missing.set(domain, needed);
      else if (has < needed) {
        throw new OnnxGraphError(
          'operator-set-too-old',
          `${operator} is written as in version ${needed} of the operator set "${domain}", and the model has version ${has}: ` +
            'use other operators, or export the model with a newer operator set',
        );
      }
    }
    const imports = [...missing].map(([domain, version]) =>
      lengthDelimited(
        MODEL.opsetImport,
        Buffer.concat(new ProtobufMessage().string(OPSET.domain, domain).uint(OPSET.version, version).parts()),
      ),
    );
    this.#model = [...this.#model, ...imports];
  }

  #allowConstants(): void {
    if (this.irVersion >= IR_WITH_CONSTANTS) return;
    const [whole] = new ProtobufMessage().uint(MODEL.irVersion, IR_WITH_CONSTANTS).parts();
    this.#model = this.#model.map((field) =>
      field.number === MODEL.irVersion && whole !== undefined
        ? { ...field, whole, varint: BigInt(IR_WITH_CONSTANTS) }
        : field,
    );
  }

  #assertIsOutput(name: string): void {
    if (!this.outputs.some((output) => output.name === name)) throw unknownValue(`output "${name}"`, this.outputs);
  }
}

const unknownValue = (what: string, known: readonly ModelValue[]): OnnxGraphError =>
  new OnnxGraphError('unknown-value', `the model has no ${what}; it has ${known.map(({ name }) => name).join(', ')}`);

const assertFree = (name: string, taken: ReadonlySet<string>): void => {
  if (taken.has(name)) throw new OnnxGraphError('duplicate-name', `the model already has a value named "${name}"`);
};

const isValueNamed = ({ number, content }: WireField, kind: number, name: string): boolean =>
  number === kind && content !== undefined && textOf(content, VALUE_INFO.name) === name;

const freePrefix = (name: string, taken: readonly string[]): string => {
  for (let i = 1; ; i++) {
    const prefix = i === 1 ? `${name}/` : `${name}_${i}/`;
    if (!taken.some((other) => other.startsWith(prefix))) return prefix;
  }
};

const withName = (node: Uint8Array, name: string): Uint8Array =>
  editMessage(node, { [NODE.name]: () => Buffer.from(name) });

const withShape = (valueInfo: Uint8Array, shape: Shape): Uint8Array => {
  const tensorType = (content: Uint8Array): Uint8Array => {
    const others = [...wireFields(content)].filter(({ number }) => number !== TENSOR_TYPE.shape);
    const declared = new ProtobufMessage().message(TENSOR_TYPE.shape, encodeShape(shape));
    return Buffer.concat([...others.map(({ whole }) => whole), ...declared.parts()]);
  };
  return editMessage(valueInfo, {
    [VALUE_INFO.type]: (type) => editMessage(type, { [TYPE.tensorType]: tensorType }),
  });
};
