import { median } from './median.js';

interface Measured {
  readonly bare: number;
  readonly api: number;
  readonly ratio: number;
}

const ROUNDS = 5;

/** Does the same work barely and through the API, once each to warm up and then in turns, and tells how much of it is done in a second. */
export const besideBare = async (
  count: number,
  works: { readonly bare: () => Promise<void>; readonly api: () => Promise<void> },
): Promise<{
  readonly perSecond: { readonly bare: number; readonly api: number };
  readonly ratio: number;
  readonly rounds: readonly Measured[];
}> => {
  const speed = async (work: () => Promise<void>): Promise<number> => {
    const began = performance.now();
    await work();
    return count / ((performance.now() - began) / 1_000);
  };
  await works.bare();
  await works.api();
  const rounds: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [bare, api] = [await speed(works.bare), await speed(works.api)];
    rounds.push({ bare, api, ratio: api / bare });
  }
  return {
    perSecond: { bare: median(rounds.map(({ bare }) => bare)), api: median(rounds.map(({ api }) => api)) },
    ratio: median(rounds.map(({ ratio }) => ratio)),
    rounds,
  };
};
