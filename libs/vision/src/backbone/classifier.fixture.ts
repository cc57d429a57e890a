import { Graph, op, tensor, type Value } from '@offerstream/onnx';

export const SIDE = 6;

const filter = (graph: Graph, name: string, [out, into, side]: readonly [number, number, number]): Value<'float32'> =>
  graph.initializer(
    name,
    tensor(
      'float32',
      [out, into, side, side],
      Float32Array.from({ length: out * into * side * side }, (_, i) => Math.sin(1 + i * (out + into)) / 3),
    ),
  );

export interface ClassifierShape {
  /** Of the one photo that it takes: channels first (as PyTorch exports) or last (as TensorFlow does). */
  readonly layout?: 'channels first' | 'channels last';
  /** A convolution in the place of the fully connected layer, as SqueezeNet has it. */
  readonly lastLayer?: 'gemm' | 'conv';
  /** A reshape within, to a batch of one. */
  readonly fixedBatch?: boolean;
}

/** A classifier of photos of {@link SIDE} as exporters write one: for a batch of one, two maps where branches meet, a last layer of 5 classes. */
export const classifier = ({
  layout = 'channels first',
  lastLayer = 'gemm',
  fixedBatch = false,
}: ClassifierShape = {}): Buffer => {
  const graph = new Graph('classifier');
  const photo = graph.input('photo', 'float32', layout === 'channels first' ? [1, 3, SIDE, SIDE] : [1, SIDE, SIDE, 3]);
  const x = layout === 'channels first' ? photo : op.transpose(photo, [0, 3, 1, 2]);
  const first = op.relu(op.conv(x, filter(graph, 'first', [4, 3, 3]), { padding: 1 }));
  const met = op.add(first, op.conv(first, filter(graph, 'second', [4, 4, 3]), { padding: 1 }));
  const narrow = op.relu(op.conv(met, filter(graph, 'third', [4, 4, 3]), { stride: 2, padding: 1 }));
  const joined = op.concat([narrow, op.relu(op.conv(narrow, filter(graph, 'fourth', [4, 4, 1])))], 1);
  if (lastLayer === 'conv') {
    const scores = op.globalAveragePool(op.relu(op.conv(joined, filter(graph, 'last', [5, 8, 1]))));
    graph.output('scores', op.softmax(op.reshape(scores, [1, 5])));
    return graph.model().toBuffer();
  }
  const deep = op.relu(op.conv(joined, filter(graph, 'deep', [7, 8, 1])));
  const pooled = op.reshape(op.globalAveragePool(deep), [fixedBatch ? 1 : 'B', 7]);
  const weights = graph.initializer('last', tensor('float32', [5, 7], Float32Array.from({ length: 35 }, Math.cos)));
  graph.output('scores', op.gemm(pooled, weights, { transB: true }));
  return graph.model().toBuffer();
};
