/** Undefined where the text is none, with the padding at its end or without. Node's own decoder leaves out what it does not know. */
export const bytesOfBase64 = (text: string): Uint8Array | undefined => {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  if (digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === Math.floor((digits * 3) / 4) ? bytes : undefined;
};
