import { ATTRIBUTE, GRAPH, NODE, SPARSE_TENSOR, TENSOR, VALUE_INFO } from '../proto-fields.js';
import { decodeText, editMessage, type Edits } from './wire-fields.js';

/**
 * Edits of a graph's fields that give values other names, in the bodies of its nodes, too: names are unique across them, and a body sees
 * those around it.
 */
export const renameValues = (rename: (name: string) => string): Edits => {
  const name = (content: Uint8Array): Uint8Array => {
    const old = decodeText(content);
    const renamed = rename(old);
    return renamed === old ? content : Buffer.from(renamed);
  };
  const within =
    (edits: () => Edits) =>
    (content: Uint8Array): Uint8Array =>
      editMessage(content, edits());
  const body = within(() => graph);
  const tensor = within(() => ({ [TENSOR.name]: name }));
  const valueInfo = within(() => ({ [VALUE_INFO.name]: name }));
  const attribute = within(() => ({ [ATTRIBUTE.g]: body, [ATTRIBUTE.graphs]: body }));
  const graph: Edits = {
    [GRAPH.node]: within(() => ({ [NODE.input]: name, [NODE.output]: name, [NODE.attribute]: attribute })),
    [GRAPH.initializer]: tensor,
    [GRAPH.sparseInitializer]: within(() => ({ [SPARSE_TENSOR.values]: tensor })),
    [GRAPH.input]: valueInfo,
    [GRAPH.output]: valueInfo,
    [GRAPH.valueInfo]: valueInfo,
  };
  return graph;
};
