/** What is added by {@link Graph} is of this version of ONNX's operator set. */
const BUILT_FOR = 21;

/**
 * The first version of ONNX's operator set in which an operator has the form that the functions of `op` write (onnx, docs/Changelog.md).
 * What is not listed needs the version that graphs are built for.
 */
const SINCE: Readonly<Record<string, number>> = {
  Add: 7,
  Cast: 6,
  Concat: 4,
  Conv: 1,
  Div: 7,
  Equal: 11,
  Erf: 9,
  Exp: 6,
  Expand: 8,
  Gather: 1,
  Gemm: 11,
  GlobalAveragePool: 1,
  Greater: 9,
  Identity: 1,
  LayerNormalization: 17,
  Log: 6,
  LogSoftmax: 13,
  MatMul: 1,
  Max: 12,
  Min: 12,
  Mul: 7,
  Neg: 6,
  Pow: 7,
  Range: 11,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceSum: 13,
  ReduceSumSquare: 18,
  Relu: 6,
  Reshape: 5,
  Shape: 15,
  Sigmoid: 6,
  Slice: 10,
  Softmax: 13,
  Split: 13,
  Sqrt: 6,
  Squeeze: 13,
  Sub: 7,
  Tanh: 6,
  TopK: 11,
  Transpose: 1,
  Unsqueeze: 13,
  Where: 9,
};

/** The version of ONNX's operator set that a node of this operator needs. */
export const neededVersion = (operator: string): number => SINCE[operator] ?? BUILT_FOR;
