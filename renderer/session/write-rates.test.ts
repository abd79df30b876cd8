import { describe, expect, it } from 'vitest';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { HistoryEntry } from './frame-history.ts';
import { WriteRates } from './write-rates.ts';

const vmaOf = (start: number, end: number): Vma => ({
  ...{ start, end, read: true, write: true, exec: false, kind: 'anon-private', name: '', pgoff: 0 },
  ...{ softDirty: false, flags: '', tracked: true },
});
const vmas = [vmaOf(0, 10), vmaOf(10, 600), vmaOf(1000, 2000)];

function frame(time: number, pages: readonly number[]): HistoryEntry {
  const written = new Map<number, Uint32Array>();
  for (const page of pages) {
    const words = written.get(page >>> 9) ?? new Uint32Array(WORDS_PER_TILE);
    written.set(page >>> 9, words);
    const at = (page & 511) >>> 5;
    words[at] = (words[at] ?? 0) | (1 << (page & 31));
  }
  return { sequence: time, time, written };
}

describe('how fast VMAs are written', () => {
  it('counts the pages of each frame once, in the VMA that holds them', () => {
    const rates = new WriteRates();
    const frames = [frame(100, [0, 1, 9, 10]), frame(600, [511, 512, 599, 600, 999])];
    expect([...rates.take(frames, vmas, 1000)]).toEqual([1.5, 2, 0]);
    expect([...rates.take(frames, vmas, 1000)]).toEqual([1.5, 2, 0]);
    frames.push(frame(1500, [1000, 1001]));
    expect([...rates.take(frames, vmas, 1500)]).toEqual([1.5, 2, 1]);
  });

  it('forgets what is older than two seconds', () => {
    const rates = new WriteRates();
    const frames = [frame(100, [0]), frame(2000, [0, 1])];
    expect(rates.take(frames, vmas, 2050)[0]).toBe(1.5);
    expect(rates.take(frames, vmas, 2100)[0]).toBe(1);
    expect(rates.take(frames, vmas, 9000)[0]).toBe(0);
  });

  it('begins again where time goes back', () => {
    const rates = new WriteRates();
    const frames = [frame(100, [0]), frame(5000, [0, 1])];
    expect(rates.take(frames, vmas, 5000)[0]).toBe(1);
    expect(rates.take(frames, vmas, 150)[0]).toBe(0.5);
  });
});
