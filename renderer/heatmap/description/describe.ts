import type { TimelineKind } from '#shared/contract/recording.ts';
import { formatPage, PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { trackingOf, type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import type { FrameStore } from '../../data/frame-store.ts';
import { formatAge } from '../../ui/format.ts';

/** What the map shows of one page, in words. */
export interface PageFacts {
  readonly page: number;
  readonly vma: Vma | null;
  /** The state that decides its look. */
  readonly state: string;
  /** Further facts. */
  readonly details: readonly string[];
  /** When it was last written as far as that is known: "0.4 s ago", "since the last clear"; empty: not while we watched. */
  readonly when: string;
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

/** Kinds of VMA as timeline and comparison sum them. */
export const KIND_TITLES: Readonly<Record<TimelineKind, string>> = {
  heap: 'heap',
  stack: 'stack',
  anon: 'anonymous',
  file: 'file',
  shared: 'shared',
  other: 'other',
};

export const kindText = (kind: Vma['kind']): string => KINDS[kind];

/** How a VMA is tracked and why, if it is not exactly; else empty. */
export function trackingText(vma: Vma): string {
  const { tracking, reason } = trackingOf(vma);
  if (tracking === 'exact') return '';
  if (tracking === 'untracked') return `not tracked: ${reason || 'the source cannot see its writes'}`;
  return reason === '' ? tracking : `${tracking}: ${reason}`;
}

/** @param hotEvery samples in which a hot page is armed once; 1 if that is not known */
export function pageFacts(frames: FrameStore, page: number, hotEvery = 1): PageFacts {
  const vma = frames.vmaOf(page);
  const mask = frames.planesOf(page);
  const has = (plane: Plane): boolean => (mask & (1 << plane)) !== 0;
  const age = frames.ageOf(page, frames.now());
  const own = has(Plane.Written) && !has(Plane.Fresh);
  const shown = frames.mode === 'hold' ? own : age !== null;
  const isHot =
    has(Plane.Hot) || frames.events.isHot(frames.table.find(tileOfPage(page)), page % PAGES_PER_TILE);
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
  if (isHot) details.push(hotText(hotEvery));
  if (has(Plane.Gone)) details.push('gone: had a page, was given back');
  const tracking = vma === null ? '' : trackingText(vma);
  if (tracking !== '') details.push(tracking);
  return { page, vma, state, details, when: shown ? whenText(frames.mode, age, isHot) : '' };
}

/** In mode hold a page is written since the last clear; when exactly is not known. */
function whenText(mode: SampleMode, age: number | null, isHot: boolean): string {
  if (mode === 'hold') return 'since the last clear';
  if (age === null) return '';
  return isHot ? `${formatAge(age)} ago or more recently` : `${formatAge(age)} ago`;
}

const hotText = (every: number): string =>
  every > 1 ? `hot, sampled every ${every} intervals` : 'hot, sampled less often';

function residence(has: (plane: Plane) => boolean): string {
  if (has(Plane.Swapped)) return 'swapped';
  if (has(Plane.Present) || has(Plane.Written)) return 'present';
  return 'never touched';
}

/** The same as one sentence, for screen readers. */
export function pageSentence({ page, vma, state, details, when }: PageFacts): string {
  const what = vma
    ? `${vma.name === '' ? kindText(vma.kind) : vma.name} ${vmaPermissions(vma)}`
    : 'no mapping';
  return [formatPage(page), what, when === '' ? state : `${state} ${when}`, ...details].join(', ');
}
