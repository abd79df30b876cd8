import type { TimelineReply } from '#shared/contract/recording.ts';
import { KINDS } from '../../recording/kind-counts.ts';
import { uniteRuns } from '../../recording/write-history/run-sets.ts';
import type { AgedWrites } from '../../recording/write-history/write-history.ts';

/** Sums of frames that are no longer kept. */
export interface AgedPart extends AgedWrites {
  /** Pages by kind, summed over the frames, and those of the one that has the most. */
  readonly counts: readonly number[];
  readonly max: number;
}

/** Kept at most: bytes of runs, and parts. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_PARTS = 4096;
const PART_BYTES = 256;

/**
 * What is left of a live session's oldest frames: which pages were written in which part of the time. If there is no room
 * the older half is joined in pairs, so that what is older is known in less detail, and nothing is forgotten.
 */
export class AgedHistory {
  /** Ascending. */
  parts: AgedPart[] = [];
  private bytes = 0;

  push(part: AgedPart): void {
    this.parts.push(part);
    this.bytes += part.runs.byteLength + PART_BYTES;
    while (this.parts.length > 2 && (this.bytes > MAX_BYTES || this.parts.length > MAX_PARTS)) this.coarsen();
  }

  get frames(): number {
    return this.parts.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** Adds its frames, evenly spread over their time, to a reply about the time from `startNs` to `endNs`. */
  addTo(reply: TimelineReply, startNs: number, endNs: number): void {
    const buckets = reply.frames.length;
    const scale = endNs > startNs ? buckets / (endNs - startNs) : 0;
    for (const part of this.parts) {
      if (part.endNs < startNs || part.startNs > endNs) continue;
      const distance = (part.endNs - part.startNs) / part.frames;
      for (let i = 1; i <= part.frames; i++) {
        const time = part.startNs + i * distance;
        if (time < startNs || time > endNs) continue;
        const bucket = Math.min(buckets - 1, Math.floor((time - startNs) * scale));
        reply.frames[bucket]++;
        for (let k = 0; k < KINDS; k++) reply.pages[bucket * KINDS + k] += part.counts[k] / part.frames;
        // Which of them had the most is not known.
        reply.max[bucket] = Math.max(reply.max[bucket], part.max);
      }
    }
  }

  private coarsen(): void {
    const half = Math.max(2, Math.ceil(this.parts.length / 2));
    const joined: AgedPart[] = [];
    for (let i = 0; i < half; i += 2) {
      const [one, two] = [this.parts[i], i + 1 < half ? this.parts[i + 1] : null];
      joined.push(two ? joinParts(one, two) : one);
    }
    this.parts = [...joined, ...this.parts.slice(half)];
    this.bytes = this.parts.reduce((sum, { runs }) => sum + runs.byteLength + PART_BYTES, 0);
  }
}

function joinParts(one: AgedPart, two: AgedPart): AgedPart {
  return {
    startNs: one.startNs,
    endNs: two.endNs,
    frames: one.frames + two.frames,
    runs: uniteRuns(one.runs, two.runs),
    counts: one.counts.map((count, kind) => count + two.counts[kind]),
    max: Math.max(one.max, two.max),
  };
}
