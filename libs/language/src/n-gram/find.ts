/** Where a sorted list has a value between two positions, -1 for nowhere. */
export const find = (list: Uint16Array | Uint32Array, value: number, from: number, to: number): number => {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low < to && list[low] === value ? low : -1;
};
