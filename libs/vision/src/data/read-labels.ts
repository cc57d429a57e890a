import { readFile } from 'node:fs/promises';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { VisionError } from '../errors.js';
import { SPLITS, type LabelledPhoto, type Split } from './labelled-photo.js';

/** A label file with many wrong lines is wrong as a whole: the first ones show how. */
const NAMED_LINES = 5;

interface Row {
  readonly record: Readonly<Record<string, string | undefined>>;
  readonly info: { readonly lines: number };
}

/**
 * Reads a label file: CSV with the columns `path` and `label` and, if the split is given, `split` (train, validation or test); others are
 * left out of account.
 *
 * @param isThere whether there is such a photo
 * @throws {VisionError} `bad-labels`, the message naming the wrong lines
 */
export const readLabels = async (
  file: string,
  isThere: (path: string) => boolean,
): Promise<readonly LabelledPhoto[]> => {
  const rows = await readRows(file);
  const header = Object.keys(rows[0]?.record ?? {});
  for (const column of ['path', 'label'])
    if (!header.includes(column))
      throw new VisionError(
        'bad-labels',
        `${file}, line 1: no column ${column}${header.length > 0 ? ` among ${header.join(', ')}` : ''}: begin it with path,label or path,label,split`,
      );
  const photos: LabelledPhoto[] = [];
  const wrong: string[] = [];
  const lines = new Map<string, number>();
  for (const { record, info } of rows) {
    const photo = photoOf(record, info.lines);
    const fault = typeof photo === 'string' ? photo : faultOf(photo, lines, isThere);
    if (fault !== undefined) wrong.push(`line ${info.lines}: ${fault}`);
    else if (typeof photo !== 'string') photos.push(photo);
  }
  if (wrong.length > 0) {
    const more = wrong.length > NAMED_LINES ? [`and ${wrong.length - NAMED_LINES} more`] : [];
    throw new VisionError(
      'bad-labels',
      `${file} has lines to mend or to take out:\n${[...wrong.slice(0, NAMED_LINES), ...more].join('\n')}`,
    );
  }
  return photos;
};

const readRows = async (file: string): Promise<readonly Row[]> => {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new VisionError('file-unreadable', `${file} can't be read: check its path and permissions`, error);
  });
  try {
    return parse(content, {
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new VisionError('bad-labels', `${file}, line ${Number(error['lines'])}: ${error.message}`, error);
  }
};

const photoOf = ({ path, label, split }: Row['record'], line: number): LabelledPhoto | string => {
  if (path === undefined || path === '') return 'the path is missing';
  if (label === undefined || label === '') return 'the label is missing';
  if (split === undefined) return { path, label, line };
  if (!isSplit(split)) return `the split is "${split}" and not ${SPLITS.join(', ')}`;
  return { path, label, split, line };
};

const isSplit = (text: string): text is Split => SPLITS.some((split) => split === text);

const faultOf = (
  { path, line = 0 }: LabelledPhoto,
  lines: Map<string, number>,
  isThere: (path: string) => boolean,
): string | undefined => {
  const before = lines.get(path);
  if (before !== undefined) return `${path} is in line ${before} already`;
  lines.set(path, line);
  return isThere(path) ? undefined : `there is no photo ${path}`;
};
