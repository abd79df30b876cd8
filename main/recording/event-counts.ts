import { Plane } from '#shared/memory/plane.ts';
import type { StoredFrame } from './chunk-content.ts';
import { decodeRecordedFrame } from './frame-codec.ts';

/** Pages summed over frames. */
export interface EventPages {
  touched: number;
  hot: number;
  gone: number;
}

/**
 * Adds up the pages of `frames` that were touched, hot or gone. In mode hold these planes hold since the last clear, so that frames
 * cannot be added up: those frames are left out.
 *
 * @returns how many frames were counted
 * @throws InspectorError `damaged-file`
 */
export function addEventPages(sums: EventPages, frames: readonly StoredFrame[]): number {
  let counted = 0;
  for (const { data } of frames) {
    const { mode, planes } = decodeRecordedFrame(data);
    if (mode !== 'interval') continue;
    sums.touched += pagesIn(planes[Plane.Touched]);
    sums.hot += pagesIn(planes[Plane.Hot]);
    sums.gone += pagesIn(planes[Plane.Gone]);
    counted++;
  }
  return counted;
}

function pagesIn(runs: Float64Array): number {
  let pages = 0;
  for (let i = 0; i < runs.length; i += 2) pages += runs[i + 1] - runs[i];
  return pages;
}
