import { OnnxGraphError, type OnnxGraphErrorCode } from '../errors.js';
import type { Graph } from '../graph.js';
import { broadcast, formatShape, type Dimension, type Shape } from '../shape.js';
import type { ElementType } from '../tensor.js';
import type { Value } from '../value.js';

/** The checks of one node: each failure names the node, what was expected and what was got. */
export class NodeCheck {
  readonly #name: string;

  constructor(
    graph: Graph,
    readonly operator: string,
  ) {
    this.#name = graph.nextNodeName(operator);
  }

  fail(code: OnnxGraphErrorCode, input: string, expected: string, got: string): never {
    throw new OnnxGraphError(code, `${this.#name} (${this.operator}), ${input}: expected ${expected}, got ${got}`);
  }

  type(input: string, value: Value, ...allowed: readonly ElementType[]): void {
    if (!allowed.includes(value.type)) this.fail('wrong-type', input, allowed.join(' or '), describe(value));
  }

  sameType(left: Value, right: Value): void {
    if (left.type !== right.type) this.fail('wrong-type', 'second input', `${left.type} as the first`, describe(right));
  }

  rank(input: string, value: Value, ...allowed: readonly number[]): void {
    if (!allowed.includes(value.shape.length)) {
      this.fail('wrong-rank', input, `rank ${allowed.join(' or ')}`, describe(value));
    }
  }

  /** The axis counted from the front. */
  axis(input: string, value: Value, axis: number): number {
    const rank = value.shape.length;
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      this.fail('bad-attribute', 'axis', `an axis of ${input} ${describe(value)}`, String(axis));
    }
    return axis < 0 ? axis + rank : axis;
  }

  dimension(input: string, got: Dimension, expected: Dimension): void {
    if (got !== expected) this.fail('wrong-shape', input, `size ${expected}`, String(got));
  }

  broadcast(left: Value, right: Value): Shape {
    const shape = broadcast(left.shape, right.shape);
    if (shape === undefined) {
      this.fail(
        'wrong-shape',
        'second input',
        `a shape that broadcasts with ${formatShape(left.shape)}`,
        describe(right),
      );
    }
    return shape;
  }
}

const describe = (value: Value): string => `${value.type} ${formatShape(value.shape)} ("${value.name}")`;
