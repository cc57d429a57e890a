import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readLines, readWords, splitText, TOKENIZERS, type SplitText } from '@offerstream/language';
import { inheritedEnvironment } from './config.js';

export const NO_BROWN = 'OFFERSTREAM_REFERENCE_DATA names no folder with text/brown.txt.gz';

/** The Brown corpus as its published figures have it, where whoever measures has given the reference data. */
export const readBrown = async (): Promise<SplitText | undefined> => {
  const file = join(inheritedEnvironment['OFFERSTREAM_REFERENCE_DATA'] ?? '', 'text', 'brown.txt.gz');
  if (!existsSync(file)) return undefined;
  return splitText(await readWords(readLines(file), TOKENIZERS['space-lower-case']), { vocabularySize: 10_000 });
};
