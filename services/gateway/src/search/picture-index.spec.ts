import type { ItemId } from '@offerstream/contracts';
import { PictureIndex } from './picture-index.js';

const any = () => true;
const id = (name: string) => name as ItemId;
const vector = (values: readonly number[], encoder = 'demo.vision/1') => ({
  space: { encoder, dimensions: values.length },
  values: Float32Array.from(values),
});
const idsOf = (found: readonly { readonly item: ItemId }[] | undefined) => found?.map(({ item }) => item);

let index: PictureIndex;
beforeEach(() => {
  index = new PictureIndex();
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

it('knows the vector of an item until the picture is gone', () => {
  expect(index.vectorOf(id('blue'))).toEqual(vector([0, 1]));
  for (const name of ['red', 'pink', 'blue', 'blue']) index.set(id(name), undefined);
  expect(index.vectorOf(id('blue'))).toBeUndefined();
  expect(index.nearest(vector([1, 0]), 9, any)).toBeUndefined();
});
