import type { TenantId } from '@offerstream/contracts';
import type { ServingEncoder } from '../models/model-folder.js';
import { spaceOf } from '../search/vector-space.js';
import { Embedder } from './embedder.js';

const MINE = 'mine' as TenantId;
const encoder = (name: string, version: string): ServingEncoder => ({
  name,
  version,
  folder: `/${name}/${version}`,
  createdMs: 0,
  dimensions: 2,
});
const mapOf = (...encoders: readonly ServingEncoder[]) => new Map(encoders.map((each) => [each.name, each]));
const space = (name: string, version: string, dimensions = 2) => spaceOf({ name, version }, dimensions);

const embedder = new Embedder(
  {
    encoders: mapOf(encoder('mine.encoder', '3'), encoder('theirs.encoder', '1')),
    earlierEncoders: mapOf(encoder('mine.encoder', '2')),
  },
  { ask: () => Promise.reject(new Error('nobody asks')) },
);

it('asks what made the vectors, though a newer version serves', () => {
  const [before, after] = [space('mine.encoder', '2'), space('mine.encoder', '3')];
  expect(embedder.encoderFor(MINE, [before, after])?.version).toBe('2');
  expect(embedder.encoderFor(MINE, [after, before])?.version).toBe('3');
});

it('asks the next where the first can no longer be asked', () => {
  expect(embedder.encoderFor(MINE, [space('mine.encoder', '1'), space('mine.encoder', '3')])?.version).toBe('3');
  expect(embedder.encoderFor(MINE, [space('all-minilm-l6-v2', '1'), space('mine.encoder', '2')])?.version).toBe('2');
});

it.each([
  ['there are no vectors', []],
  ['they are of another’s encoder', [space('theirs.encoder', '1')]],
  ['they are of another size', [space('mine.encoder', '3', 3)]],
])('asks none where %s', (_, spaces) => {
  expect(embedder.encoderFor(MINE, spaces)).toBeUndefined();
});

it('has an encoder where one of the tenant’s own or everybody’s serves', () => {
  expect([embedder.has(MINE), embedder.has('other' as TenantId)]).toEqual([true, false]);
});
