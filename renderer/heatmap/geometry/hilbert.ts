/**
 * The Hilbert curve through a square of 2^order by 2^order cells (D. Hilbert 1891; the iterative form of H. Warren,
 * "Hacker's Delight", chapter 16): neighbours on the curve are neighbours in the square, and 4^m cells that begin at a
 * multiple of 4^m are a square themselves, so a cell of a coarser curve joins a run.
 */

/** Writes the cell of step `d` of the curve into `out`. Exact up to order 26. */
export function cellOf(order: number, d: number, out: { x: number; y: number }): void {
  let rest = d;
  let x = 0;
  let y = 0;
  for (let side = 1; side < 2 ** order; side *= 2) {
    const quarter = rest % 4;
    const rx = quarter >= 2 ? 1 : 0;
    const ry = quarter === 1 || quarter === 2 ? 1 : 0;
    if (ry === 0) {
      if (rx === 1) {
        x = side - 1 - x;
        y = side - 1 - y;
      }
      [x, y] = [y, x];
    }
    x += side * rx;
    y += side * ry;
    rest = Math.floor(rest / 4);
  }
  out.x = x;
  out.y = y;
}

/** Step of the curve at cell (`x`, `y`). */
export function stepAt(order: number, x: number, y: number): number {
  let d = 0;
  let [px, py] = [x, y];
  for (let side = 2 ** (order - 1); side >= 1; side /= 2) {
    const rx = px >= side ? 1 : 0;
    const ry = py >= side ? 1 : 0;
    d += side * side * (rx === 1 ? 3 - ry : ry);
    px -= side * rx;
    py -= side * ry;
    if (ry === 0) {
      if (rx === 1) {
        px = side - 1 - px;
        py = side - 1 - py;
      }
      [px, py] = [py, px];
    }
  }
  return d;
}

/** The order of the smallest square with room for that many cells. */
export function orderFor(cells: number): number {
  let order = 0;
  while (4 ** order < cells) order++;
  return order;
}
