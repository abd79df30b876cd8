import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Vma } from '#shared/memory/vma.ts';
import { PRIVATE_FILE_WRITTEN, PRIVATE_WRITTEN, SHARED_TOUCHED } from './queries.ts';
import { segmentsOf, strictSegmentsOf } from './segments.ts';

const part = fc.record({
  gap: fc.constantFrom(0, 1, 5000),
  pages: fc.constantFrom(1, 255, 256, 2 ** 18, 2 ** 18 + 1),
  kind: fc.constantFrom<Vma['kind']>(
    'anon-private',
    'heap',
    'stack',
    'file-private',
    'file-shared',
    'anon-shared',
  ),
  tracked: fc.boolean(),
});

function vmasOf(
  parts: readonly { gap: number; pages: number; kind: Vma['kind']; tracked: boolean }[],
): Vma[] {
  let at = 16;
  return parts.map(({ gap, pages, kind, tracked }) => {
    const start = at + gap;
    at = start + pages;
    const rights = { read: true, write: true, exec: false, softDirty: false };
    return { start, end: at, kind, tracked, name: '', pgoff: 0, flags: '', ...rights };
  });
}

describe('segmentsOf', () => {
  it('covers every page once, with the right query for each VMA', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const vmas = vmasOf(parts);
        const segments = segmentsOf(vmas.filter(({ tracked }) => tracked));
        expect(segments[0].start).toBe(0);
        expect(segments.at(-1)?.end).toBe(Infinity);
        segments.slice(1).forEach(({ start }, i) => expect(start).toBe(segments[i].end));
        for (const vma of vmas.filter(({ tracked }) => tracked)) {
          const over = segments.filter(({ start, end }) => start < vma.end && end > vma.start);
          expect(over).toHaveLength(1);
          const pages = vma.end - vma.start;
          const shared = vma.kind.endsWith('shared');
          expect(over[0].shared).toBe(shared ? vma : null);
          if (shared) expect(over[0].query).toBe(SHARED_TOUCHED);
          else if (vma.kind === 'file-private') expect(over[0].query).toBe(PRIVATE_FILE_WRITTEN);
          else if (pages >= 256) expect(over[0].query).toBe(PRIVATE_WRITTEN);
        }
      }),
      { seed: 4 },
    );
  });

  it('scans only memory of ours if other memory may be in between', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (allParts) => {
        const ours = vmasOf(allParts).filter(({ tracked }) => tracked);
        const segments = strictSegmentsOf(ours);
        const pages = (ranges: readonly { start: number; end: number }[]) =>
          ranges.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(pages(segments.flatMap((segment) => segment.parts ?? []))).toBe(pages(ours));
        for (const vma of ours) {
          const holders = segments.filter(({ parts }) =>
            parts?.some(({ start, end }) => start <= vma.start && end >= vma.end),
          );
          expect(holders).toHaveLength(1);
          expect(holders[0].shared).toBe(vma.kind.endsWith('shared') ? vma : null);
        }
        segments.slice(1).forEach(({ start }, i) => expect(start).toBeGreaterThanOrEqual(segments[i].end));
        for (const { parts, start, end } of segments) {
          expect(parts?.[0].start).toBe(start);
          expect(parts?.at(-1)?.end).toBe(end);
        }
      }),
      { seed: 5 },
    );
  });

  it('takes small anonymous VMAs together that follow each other', () => {
    const vma = { gap: 1, pages: 64, tracked: true } as const;
    const heap = Array.from({ length: 4 }, () => ({ ...vma, kind: 'anon-private' as const }));
    const library = { ...vma, kind: 'file-private' as const };
    const queries = segmentsOf(vmasOf([library, ...heap, library, ...heap.slice(1)])).map(
      ({ query }) => query,
    );
    expect(queries).toEqual([PRIVATE_FILE_WRITTEN, PRIVATE_WRITTEN, PRIVATE_FILE_WRITTEN]);
  });

  it('takes one scan for many small VMAs of either kind', () => {
    const small = vmasOf(
      Array.from({ length: 1000 }, (_, i) => ({
        gap: 1,
        pages: 20,
        kind: i % 2 === 0 ? 'anon-private' : 'file-private',
        tracked: true,
      })),
    );
    expect(segmentsOf(small)).toHaveLength(1);
  });
});
