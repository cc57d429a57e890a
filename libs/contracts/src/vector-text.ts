/** How a vector stands in a record: base64 of its float32 numbers, little-endian. */
export const vectorText = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');

/** Undefined where the text is not that of whole numbers. */
export const vectorOfText = (text: string): Float32Array | undefined => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  // A small buffer is a part of a pool, where a float32 may not begin.
  return new Float32Array(Uint8Array.from(bytes).buffer);
};
