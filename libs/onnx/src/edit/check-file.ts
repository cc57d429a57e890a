import { OnnxFileError } from '../errors.js';
import { ATTRIBUTE, FUNCTION, GRAPH, MODEL, NODE, OPSET, SPARSE_TENSOR, TENSOR } from '../proto-fields.js';
import { ownDomain, readNode, readValue } from './model-parts.js';
import { contentsOf, integerOf, textOf, WireFormatError, wireFields, type WireField } from './wire-fields.js';

/** Operator sets that ONNX Runtime has kernels of. */
const RUNTIME_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx.ml', 'com.microsoft']);
/** Real models have two or three; without a bound a crafted file would overflow the stack. */
const MAX_NESTED_GRAPHS = 32;
const EXTERNAL = 1;
const GRAPH_VALUES: readonly number[] = [GRAPH.input, GRAPH.output, GRAPH.valueInfo];
const GRAPH_TENSORS: readonly number[] = [GRAPH.initializer];
const GRAPH_SPARSE_TENSORS: readonly number[] = [GRAPH.sparseInitializer];
const ATTRIBUTE_TENSORS: readonly number[] = [ATTRIBUTE.t, ATTRIBUTE.tensors];
const ATTRIBUTE_SPARSE_TENSORS: readonly number[] = [ATTRIBUTE.sparseTensor, ATTRIBUTE.sparseTensors];
const ATTRIBUTE_GRAPHS: readonly number[] = [ATTRIBUTE.g, ATTRIBUTE.graphs];

/**
 * The fields of a model, after it was made sure that ONNX Runtime could take it and that nothing beside the file belongs to it.
 *
 * @throws {OnnxFileError} `truncated`, `not-onnx`, `external-data`, `unknown-operators`
 */
export const checkedFields = (model: Uint8Array): readonly WireField[] => {
  const fields = topFields(model);
  try {
    check(fields);
    return fields;
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw notOnnx(`its graph is damaged (${error.message})`);
  }
};

const topFields = (model: Uint8Array): readonly WireField[] => {
  const fields: WireField[] = [];
  try {
    for (const field of wireFields(model)) fields.push(field);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    const [first] = fields;
    if (error.isCutShort && first?.number === MODEL.irVersion && first.varint !== undefined) {
      throw new OnnxFileError('truncated', 'The file ends in the middle of the model: copy or download it again.');
    }
    throw notOnnx(error.message);
  }
  return fields;
};

const notOnnx = (reason: string): OnnxFileError =>
  new OnnxFileError('not-onnx', `This is no ONNX model: ${reason}. Export the model as ONNX again.`);

const check = (fields: readonly WireField[]): void => {
  const graphs = fields.filter(({ number, content }) => number === MODEL.graph && content !== undefined);
  const [graph] = graphs;
  if (graph?.content === undefined || graphs.length > 1) throw notOnnx(`${graphs.length} graphs instead of one`);
  if (!fields.some(({ number, varint }) => number === MODEL.irVersion && varint !== undefined)) {
    throw notOnnx('it does not say which version of the format it has');
  }
  const imports = fields.flatMap(({ number, content }) => (number === MODEL.opsetImport ? (content ?? []) : []));
  if (!imports.some((content) => integerOf(content, OPSET.version) > 0)) throw notOnnx('it names no operator set');
  if (contentsOf(graph.content, GRAPH.output).length === 0) throw notOnnx('its graph has no output');

  const functions = fields.flatMap(({ number, content }) => (number === MODEL.functions ? (content ?? []) : []));
  const walk = new GraphWalk(
    new Set(
      functions.map((definition) =>
        operatorKey(ownDomain(textOf(definition, FUNCTION.domain)), textOf(definition, FUNCTION.name)),
      ),
    ),
  );
  walk.graph(graph.content, 0);
  for (const definition of functions) {
    for (const node of contentsOf(definition, FUNCTION.node)) walk.node(node, 0);
  }
};

const operatorKey = (domain: string, operator: string): string => `${domain} ${operator}`;

/** Looks at every node and tensor of a graph and of the bodies within. */
class GraphWalk {
  constructor(
    /** Operators that the file itself defines. */
    readonly defined: ReadonlySet<string>,
  ) {}

  graph(graph: Uint8Array, depth: number): void {
    if (depth > MAX_NESTED_GRAPHS) throw notOnnx(`its graphs are nested more than ${MAX_NESTED_GRAPHS} deep`);
    for (const { number, content } of wireFields(graph)) {
      if (content === undefined) continue;
      if (number === GRAPH.node) this.node(content, depth);
      if (GRAPH_VALUES.includes(number)) readValue(content);
      this.tensors(number, content, GRAPH_TENSORS, GRAPH_SPARSE_TENSORS);
    }
  }

  node(node: Uint8Array, depth: number): void {
    const { name, operator, domain } = readNode(node);
    if (!RUNTIME_DOMAINS.has(domain) && !this.defined.has(operatorKey(domain, operator))) {
      throw new OnnxFileError(
        'unknown-operators',
        `Node "${name}" is a ${domain}.${operator}, and ONNX Runtime has no operators of ${domain}. ` +
          'Export the model with standard operators only.',
      );
    }
    for (const attribute of contentsOf(node, NODE.attribute)) {
      for (const { number, content } of wireFields(attribute)) {
        if (content === undefined) continue;
        this.tensors(number, content, ATTRIBUTE_TENSORS, ATTRIBUTE_SPARSE_TENSORS);
        if (ATTRIBUTE_GRAPHS.includes(number)) this.graph(content, depth + 1);
      }
    }
  }

  private tensors(number: number, content: Uint8Array, dense: readonly number[], sparse: readonly number[]): void {
    if (dense.includes(number)) refuseExternal(content);
    if (!sparse.includes(number)) return;
    for (const part of [SPARSE_TENSOR.values, SPARSE_TENSOR.indices]) contentsOf(content, part).forEach(refuseExternal);
  }
}

const refuseExternal = (tensor: Uint8Array): void => {
  const isExternal =
    integerOf(tensor, TENSOR.dataLocation) === EXTERNAL || contentsOf(tensor, TENSOR.externalData).length > 0;
  if (!isExternal) return;
  throw new OnnxFileError(
    'external-data',
    `The values of "${textOf(tensor, TENSOR.name)}" are in a file beside the model. Save the model as one file ` +
      '(torch.onnx.export with external_data=False, or onnx.save with save_as_external_data=False).',
  );
};
