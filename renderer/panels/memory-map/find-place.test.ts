import { InspectorError } from '#shared/contract/errors.ts';
import type { FoundSymbol } from '#shared/source/page-objects.ts';
import { describe, expect, it } from 'vitest';
import { vmaOf } from '../../testing/memory.ts';
import { findPlace } from './find-place.ts';

const vmas = [vmaOf(0x400, 0x410, { name: '/usr/bin/world' }), vmaOf(0x500, 0x540, { name: '[heap]' })];

function finder(find: (name: string) => Promise<FoundSymbol | null>, isAble = true) {
  const asked: string[] = [];
  const pageObjects = { isAble, find: (name: string) => (asked.push(name), find(name)) };
  const named = new Map([
    ['pool', 0x500_800n],
    ['a+b', 0x501_000n],
  ]);
  const namedRanges = { find: (name: string) => (named.has(name) ? { start: named.get(name) } : null) };
  const model = { frames: { vmas }, pageObjects, namedRanges } as unknown as Parameters<typeof findPlace>[1];
  return { asked, place: (text: string) => findPlace(text, model) };
}
const symbol = { name: 'world_size', start: 0x500_123n, bytes: 8 };

describe('places to go to', () => {
  it('are variables of the program, with an offset, before parts of mappings’ names', async () => {
    const { place, asked } = finder((name) => Promise.resolve(name === 'w' ? symbol : null));
    expect(await place('w')).toMatchObject({ ok: true, page: 0x500, address: 0x500_123n });
    expect(await place(' w + 0x1000')).toMatchObject({ ok: true, page: 0x501, address: 0x501_123n });
    expect(await place('worl')).toMatchObject({ ok: true, page: 0x400 });
    expect(await place('w+1G')).toMatchObject({ ok: false, nearest: 0x53f });
    expect(asked).toEqual(['w', 'w', 'worl', 'w']);
  });

  it('are named ranges, with an offset, without asking for symbols', async () => {
    const { place, asked } = finder(() => Promise.resolve(symbol));
    expect(await place(' pool ')).toMatchObject({ ok: true, address: 0x500_800n });
    expect(await place('pool+4K')).toMatchObject({ ok: true, page: 0x501, address: 0x501_800n });
    expect(await place('a+b')).toMatchObject({ ok: true, address: 0x501_000n });
    expect(await place('a+b+16')).toMatchObject({ ok: true, address: 0x501_010n });
    expect(asked).toEqual([]);
  });

  it('mappings and addresses need no symbols', async () => {
    const { place, asked } = finder(() => Promise.resolve(symbol));
    for (const text of ['world', '[heap]+64K', '0x400000', '500000', 'w+nothing', '']) await place(text);
    expect(asked).toEqual([]);
    const unable = finder(() => Promise.resolve(symbol), false);
    expect(await unable.place('w_size')).toMatchObject({ ok: false });
    expect(unable.asked).toEqual([]);
  });

  it('that are unknown are reported with the reason', async () => {
    const nothing = finder(() => Promise.resolve(null));
    expect(await nothing.place('g_world')).toMatchObject({
      message: expect.stringContaining(
        'No mapping and no variable of a loaded file is called “g_world”',
      ) as string,
    });
    const failing = finder(() =>
      Promise.reject(new InspectorError('unsupported', 'libdw is not installed.')),
    );
    expect(await failing.place('g_world')).toMatchObject({
      message: expect.stringContaining('libdw is not installed.') as string,
    });
    expect(await failing.place('worl')).toMatchObject({ ok: true, page: 0x400 });
  });
});
