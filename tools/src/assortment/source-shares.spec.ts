import { sourceShares } from './source-shares.js';

it('is what each source has of all that speaks for the item, the largest first', () => {
  expect(
    sourceShares([
      { source: 'text', value: 0.25 },
      { source: 'image', value: 0.75 },
      { source: 'price', value: -0.5 },
    ]),
  ).toEqual([
    { source: 'image', share: 0.75 },
    { source: 'text', share: 0.25 },
  ]);
  expect(sourceShares([{ source: 'text', value: -1 }])).toEqual([]);
});
