import type { MadeVectors } from './make-vectors.js';
import type { PictureEncoder } from './picture-encoder.js';

const SHOWN = 20;

export const madeText = (
  { made, same, removed, refused }: MadeVectors,
  { name, version }: Pick<PictureEncoder, 'name' | 'version'>,
): string =>
  [
    `${made} ${made === 1 ? 'vector' : 'vectors'} made by version ${version} of ${name}, ${same} there already, ${removed} removed, ${refused.length} pictures refused`,
    ...refused.slice(0, SHOWN).map(({ item, reason }) => `  ${item}: ${reason}`),
    ...(refused.length > SHOWN ? [`  and ${refused.length - SHOWN} more; --json names all`] : []),
  ].join('\n');
