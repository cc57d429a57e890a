import { GRAPH } from '../proto-fields.js';
import { bodiesOf, readInitializer, readNode, readValue } from './model-parts.js';
import { renameValues } from './rename-values.js';
import { editField, wireFields, type WireField } from './wire-fields.js';

/** Every name of a value in a graph's fields, those within the bodies of its nodes, too. */
export const namesOf = (graph: Iterable<WireField>): ReadonlySet<string> => {
  const names = new Set<string>();
  const note = renameValues((name) => {
    names.add(name);
    return name;
  });
  for (const field of graph) editField(field, note);
  return names;
};

/** The values that a node takes, those that its bodies see from outside among them. */
export const usedBy = (node: Uint8Array): ReadonlySet<string> =>
  new Set([...readNode(node).inputs, ...bodiesOf(node).flatMap((body) => [...namesOf(wireFields(body))])]);

/** A graph's fields without the nodes, constants and shapes that no output needs. Inputs stay, with their defaults. */
export const withoutUnused = (graph: readonly WireField[]): readonly WireField[] => {
  const contents = (number: number): readonly Uint8Array[] =>
    graph.flatMap((field) => (field.number === number ? (field.content ?? []) : []));
  const producers = new Map(
    contents(GRAPH.node).flatMap((node) => readNode(node).outputs.map((name) => [name, node] as const)),
  );
  const nodes = new Set<Uint8Array>();
  const values = new Set(contents(GRAPH.input).map((input) => readValue(input).name));
  const pending = contents(GRAPH.output).map((output) => readValue(output).name);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    values.add(name);
    const node = producers.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    pending.push(...usedBy(node));
  }
  return graph.filter(({ number, content }) => {
    if (content === undefined) return true;
    if (number === GRAPH.node) return nodes.has(content);
    if (number === GRAPH.initializer) return values.has(readInitializer(content).name);
    return number !== GRAPH.valueInfo || values.has(readValue(content).name);
  });
};
