/**
 * Binary search: the first index in [from, to) for which `reached` is true, or `to` if there is none. `reached` must be
 * false below some index and true from there on.
 */
export function lowerBound(from: number, to: number, reached: (index: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
