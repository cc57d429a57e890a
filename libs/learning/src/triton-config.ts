/** Name, type and sizes of a tensor in Triton's words. */
export interface TensorConfig {
  readonly name: string;
  readonly type: `TYPE_${string}`;
  /** -1 for a size that is known at run time only. */
  readonly dims: readonly number[];
  /** It may be left out. */
  readonly optional?: boolean;
}

/** `ModelConfig` of Triton's model_config.proto. Batches are the graph's own first dimension (`max_batch_size: 0`). */
export const tritonConfig = (
  name: string,
  inputs: readonly TensorConfig[],
  outputs: readonly TensorConfig[],
): string => {
  const list = (tensors: readonly TensorConfig[]): string =>
    tensors
      .map(
        ({ name: tensor, type, dims, optional }) =>
          `  { name: ${JSON.stringify(tensor)} data_type: ${type} dims: [ ${dims.join(', ')} ]${optional === true ? ' optional: true' : ''} }`,
      )
      .join(',\n');
  return `name: "${name}"
backend: "onnxruntime"
max_batch_size: 0
input [
${list(inputs)}
]
output [
${list(outputs)}
]
version_policy: { all { } }
`;
};
