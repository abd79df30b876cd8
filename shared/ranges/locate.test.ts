import { describe, expect, it } from 'vitest';
import { locate, pagesOf, placeAt, type RangeVma } from './locate.ts';
import type { ProgramIdentity } from './named-range.ts';

const GAME = '/opt/game';
const vma = (start: number, pages: number, name: string, more: Partial<RangeVma> = {}): RangeVma => ({
  ...{ start, end: start + pages, name, exec: false, pgoff: 0 },
  kind: name.startsWith('/') ? 'file-private' : 'anon-private',
  ...more,
});
/** The program with its .bss at `base`, a heap, a mapped data file. */
const loadedAt = (base: number): RangeVma[] => [
  vma(base, 1, GAME),
  vma(base + 1, 2, GAME, { exec: true, pgoff: 1 }),
  vma(base + 3, 1, GAME, { pgoff: 2 }),
  vma(base + 4, 5, ''),
  vma(base + 100, 8, '[heap]', { kind: 'heap' }),
  vma(base + 200, 4, '/data/world', { kind: 'file-shared', pgoff: 16 }),
];
const game: ProgramIdentity = {
  program: 'build:aa11',
  buildIds: new Map([
    [GAME, 'aa11'],
    ['/data/world', null],
  ]),
};
const at = (page: number, byte = 0): bigint => BigInt(page) * 4096n + BigInt(byte);

describe('places of ranges', () => {
  it('in a file are found wherever it is loaded; its .bss belongs to it', () => {
    for (const [offset, kind] of [
      [3, 'image'],
      [6, 'image'],
      [202, 'file'],
    ] as const) {
      const place = placeAt(at(0x400 + offset, 8), loadedAt(0x400), game);
      expect(place.kind).toBe(kind);
      expect(locate(place, loadedAt(0x900), game)).toEqual({ ok: true, start: at(0x900 + offset, 8) });
    }
  });

  it('of the same build are found under another path, and those of another build are not', () => {
    const place = placeAt(at(0x406), loadedAt(0x400), game);
    const moved = loadedAt(0x400).map((one) => (one.name === GAME ? { ...one, name: '/usr/game' } : one));
    expect(locate(place, moved, { program: '', buildIds: new Map([['/usr/game', 'aa11']]) })).toEqual({
      ...{ ok: true, start: at(0x406) },
    });
    expect(locate(place, loadedAt(0x400), { program: '', buildIds: new Map([[GAME, 'bb22']]) })).toEqual({
      ...{ ok: false, reason: 'It belongs to another build of /opt/game.' },
    });
    // A recording has no build ids.
    expect(locate(place, loadedAt(0x400), { program: '', buildIds: new Map() })).toMatchObject({ ok: true });
    expect(locate(place, [], game)).toEqual({ ok: false, reason: '/opt/game is not loaded.' });
  });

  it('elsewhere are addresses of one program', () => {
    const place = placeAt(at(0x465, 5), loadedAt(0x400), game);
    expect(place).toEqual({ kind: 'address', program: 'build:aa11', start: '0x465005' });
    expect(locate(place, loadedAt(0x400), game)).toEqual({ ok: true, start: 0x465_005n });
    expect(locate(place, loadedAt(0x900), game)).toMatchObject({ reason: 'Nothing is mapped at 0x465005.' });
    const other = { ...game, program: 'build:bb22' };
    expect(locate(place, loadedAt(0x400), other)).toMatchObject({ reason: 'It belongs to another program.' });
  });

  it('have the pages of all their bytes', () => {
    expect(pagesOf({ start: 0x1fffn, length: 2n })).toEqual({ start: 1, end: 3 });
    expect(pagesOf({ start: 0x1000n, length: 4096n })).toEqual({ start: 1, end: 2 });
  });
});
