import type { TensorMetadata } from '@offerstream/onnx-runtime';
import { textTable } from '../line/text-table.js';
import type { AddedModel } from './add-model.js';
import type { ListedVersion } from './read-models.js';

/** The versions of a repository as a table. */
export const versionsText = (versions: readonly ListedVersion[]): string =>
  versions.length === 0
    ? 'There are no models.'
    : textTable(
        ['model', 'version', 'made by', 'MB'],
        versions.map(({ name, version, madeBy, sizeBytes }) => [name, version, madeBy, (sizeBytes / 1e6).toFixed(1)]),
        3,
      );

/** What was added, and how it is asked. */
export const addedText = ({ name, version, path, inputs, outputs }: AddedModel): string =>
  [
    `Version ${version} of ${name} is in ${path}. Inference serves it within a second.`,
    `Takes ${inputs.map(tensorText).join(', ')}.`,
    `Gives ${outputs.map(tensorText).join(', ')}.`,
  ].join('\n');

const tensorText = ({ name, dtype, shape }: TensorMetadata): string =>
  `${name} ${dtype} [${shape.map((dimension) => (dimension === '' ? '?' : dimension)).join(', ')}]`;
