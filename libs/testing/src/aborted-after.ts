/** A signal that has fired when it is looked at for the n-th time: training looks once after each step. */
export const abortedAfter = (steps: number): AbortSignal => {
  let looked = 0;
  return Object.defineProperty(new AbortController().signal, 'aborted', { get: () => (looked += 1) === steps });
};
