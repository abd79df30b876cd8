import { formatPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { trackingOf, type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import type { FrameStore } from '../session/frame-store.ts';
import { formatAge } from '../ui/format.ts';

/** What the map shows of one page, in words. */
export interface PageFacts {
  readonly page: number;
  readonly vma: Vma | null;
  /** The state that decides its look. */
  readonly state: string;
  /** What else holds. */
  readonly details: readonly string[];
  /** Milliseconds since it was last seen written; null: not while we watched. */
  readonly age: number | null;
}

const KINDS: Readonly<Record<Vma['kind'], string>> = {
  'anon-private': 'anonymous',
  'anon-shared': 'shared anonymous',
  'file-private': 'file, private',
  'file-shared': 'file, shared',
  heap: 'heap',
  stack: 'stack',
  special: 'special',
};

export const kindWords = (kind: Vma['kind']): string => KINDS[kind];

/** How a VMA is tracked and why, where it is not exactly; else empty. */
export function trackingWords(vma: Vma): string {
  const { tracking, reason } = trackingOf(vma);
  if (tracking === 'exact') return '';
  if (tracking === 'untracked') return `not tracked: ${reason || 'the source cannot see its writes'}`;
  return reason === '' ? tracking : `${tracking}: ${reason}`;
}

export function pageFacts(frames: FrameStore, page: number): PageFacts {
  const vma = frames.vmaOf(page);
  const mask = frames.planesOf(page);
  const has = (plane: Plane): boolean => (mask & (1 << plane)) !== 0;
  const age = frames.ageOf(page, frames.now());
  const own = has(Plane.Written) && !has(Plane.Fresh);
  const shown = frames.mode === 'hold' ? own : age !== null;
  const details: string[] = [];
  if (has(Plane.Huge)) details.push('huge page');
  if (has(Plane.Zero)) details.push('zero page');
  if (has(Plane.Guard)) details.push('guard page');
  let state = residence(has);
  if (state === 'never touched' && vma?.softDirty) details.push('counts as written: new mapping');
  if (has(Plane.Fresh)) details.push('counts as written: new or merged mapping');
  if (shown) {
    details.unshift(state);
    state = 'written';
  }
  if (has(Plane.Touched)) details.push('present, was not before: written or read');
  if (has(Plane.Hot)) details.push('hot: written in interval after interval, sampled less often');
  if (has(Plane.Gone)) details.push('gone: had a page, was given back');
  const tracking = vma === null ? '' : trackingWords(vma);
  if (tracking !== '') details.push(tracking);
  return { page, vma, state, details, age };
}

function residence(has: (plane: Plane) => boolean): string {
  if (has(Plane.Swapped)) return 'swapped';
  if (has(Plane.Present) || has(Plane.Written)) return 'present';
  return 'never touched';
}

/** The same as one sentence, for screen readers. */
export function pageSentence({ page, vma, state, details, age }: PageFacts): string {
  const what = vma
    ? `${vma.name === '' ? kindWords(vma.kind) : vma.name} ${vmaPermissions(vma)}`
    : 'no mapping';
  const when = age === null ? '' : ` ${formatAge(age)} ago`;
  return [`${formatPage(page)}`, what, `${state}${when}`, ...details].join(', ');
}
