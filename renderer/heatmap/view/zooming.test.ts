import { describe, expect, it } from 'vitest';
import { ZOOM_REST_MS, Zooming } from './zooming.ts';

/** Of pictures with these row heights at these times, which belong to a zoom. */
const zoom = (pictures: readonly (readonly [row: number, now: number])[]): boolean[] => {
  const zooming = new Zooming();
  zooming.paint(1, 0);
  return pictures.map(([row, now]) => zooming.paint(row, now));
};

describe('a zoom', () => {
  it('has all pictures from its second change on until the scale has rested, those between two notches too', () => {
    expect(
      zoom([
        [2, 1000],
        [3, 1100],
        [3, 1150],
        [4, 1300],
        [4, 1300 + ZOOM_REST_MS - 1],
        [4, 1300 + ZOOM_REST_MS],
      ]),
    ).toEqual([false, true, true, true, true, false]);
  });

  it('is not a single change, nor slow ones', () => {
    expect(
      zoom([
        [2, 1000],
        [2, 1100],
        [3, 1000 + ZOOM_REST_MS],
        [3, 1100 + ZOOM_REST_MS],
      ]),
    ).toEqual([false, false, false, false]);
  });
});
