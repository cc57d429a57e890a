import type { ItemId } from '@offerstream/contracts';
import { VersionedIndex } from './versioned-index.js';

const any = () => true;
const id = (name: string) => name as ItemId;
const vector = (values: readonly number[], encoder = 'demo.vision/1') => ({
  space: { encoder, dimensions: values.length },
  values: Float32Array.from(values),
});
const idsOf = (found: readonly { readonly item: ItemId }[] | undefined) => found?.map(({ item }) => item);

let index: VersionedIndex;
beforeEach(() => {
  index = new VersionedIndex();
  index.set(id('red'), vector([1, 0]));
  index.set(id('pink'), vector([0.9, 0.1]));
  index.set(id('blue'), vector([0, 1]));
});

it('finds what looks alike, the nearest first, among what is accepted', () => {
  expect(idsOf(index.nearest(vector([1, 0]), 2, any))).toEqual(['red', 'pink']);
  expect(idsOf(index.nearest(vector([1, 0]), 2, (item) => item !== 'red'))).toEqual(['pink', 'blue']);
  expect(index.nearest(vector([1, 0]), 2, () => false)).toEqual([]);
});

it('compares vectors of the same version of a model only, and an item has one vector', () => {
  index.set(id('red'), vector([1, 0], 'demo.vision/2'));
  expect(idsOf(index.nearest(vector([1, 0]), 9, any))).toEqual(['pink', 'blue']);
  expect(idsOf(index.nearest(vector([1, 0], 'demo.vision/2'), 9, any))).toEqual(['red']);
  expect(index.nearest(vector([1, 0, 0]), 9, any)).toBeUndefined();
  index.set(id('red'), vector([0, 1]));
  expect(index.nearest(vector([1, 0], 'demo.vision/2'), 9, any)).toBeUndefined();
});

it('says which versions its vectors are of, that of the most of them first', () => {
  const encoders = () => index.spaces.map(({ encoder }) => encoder);
  const look = (name: string) => index.set(id(name), vector([1, 1], 'demo.vision/2'));
  expect(encoders()).toEqual(['demo.vision/1']);
  look('red');
  expect(encoders()).toEqual(['demo.vision/1', 'demo.vision/2']);
  look('pink');
  expect(encoders()).toEqual(['demo.vision/2', 'demo.vision/1']);
  look('blue');
  expect(encoders()).toEqual(['demo.vision/2']);
});

it('knows the vector of an item until the item has none', () => {
  expect(index.vectorOf(id('blue'))).toEqual(vector([0, 1]));
  for (const name of ['red', 'pink', 'blue', 'blue']) index.set(id(name), undefined);
  expect(index.vectorOf(id('blue'))).toBeUndefined();
  expect(index.nearest(vector([1, 0]), 9, any)).toBeUndefined();
});
