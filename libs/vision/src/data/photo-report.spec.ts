import type { SplitPhoto } from './draw-splits.js';
import type { Split } from './labelled-photo.js';
import { checkTeachable, photoReport, photoReportLines } from './photo-report.js';

const photo = (path: string, label: string, split: Split, sha256 = path, line?: number): SplitPhoto => ({
  path,
  label,
  split,
  sha256,
  ...(line !== undefined && { line }),
});

test('nothing is said of photos that are as they should be', () => {
  const report = photoReport(
    [photo('1', 'hat', 'train'), photo('2', 'hat', 'test'), photo('3', 'dress', 'train'), photo('4', 'dress', 'train')],
    [],
  );
  expect(photoReportLines(report)).toEqual(['classes: 2, photos: 3 train, 0 validation, 1 test']);
});

test('what spoils a training is named', () => {
  const report = photoReport(
    [
      photo('a.jpg', 'hat', 'train', 'same', 2),
      photo('b.jpg', 'hat', 'test', 'same', 3),
      photo('c.jpg', 'hat', 'train', 'also same'),
      photo('d.jpg', 'dress', 'train', 'also same'),
      photo('e.jpg', 'dress', 'train', 'twice, which harms nobody'),
      photo('f.jpg', 'dress', 'train', 'twice, which harms nobody'),
      photo('g.jpg', 'skirt', 'validation'),
    ],
    [{ photo: { path: 'h.jpg', label: 'hat', line: 9 }, reason: 'the image is a ZIP' }],
  );
  expect(photoReportLines(report)).toEqual([
    'classes: 3, photos: 5 train, 1 validation, 1 test',
    'classes with one photo (1):',
    '  skirt',
    'classes without a training photo (1):',
    '  skirt',
    'equal photos in several splits (1):',
    '  a.jpg in line 2 (hat, train) = b.jpg in line 3 (hat, test)',
    'equal photos with several labels (1):',
    '  c.jpg (hat, train) = d.jpg (dress, train)',
    'unreadable photos, left out (1):',
    '  h.jpg in line 9: the image is a ZIP',
  ]);
});

test('a long list is cut', () => {
  const lines = photoReportLines(
    photoReport(
      Array.from({ length: 8 }, (_, at) => photo(`${at}`, `c${at}`, 'train')),
      [],
    ),
  );
  expect(lines.slice(1)).toEqual([
    'classes with one photo (8):',
    '  c0',
    '  c1',
    '  c2',
    '  c3',
    '  c4',
    '  and 3 more',
  ]);
});

test('one class, or none after the unreadable ones, is nothing to learn from', () => {
  const of =
    (...photos: SplitPhoto[]) =>
    () =>
      checkTeachable(photoReport(photos, []));
  expect(of(photo('1', 'hat', 'train'), photo('2', 'dress', 'test'))).toThrow('training photos of 1 class: two');
  expect(of()).toThrow('training photos of 0 classes');
  expect(of(photo('1', 'hat', 'train'), photo('2', 'dress', 'train'))).not.toThrow();
});
