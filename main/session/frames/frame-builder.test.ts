import { decodeFrame, encodeFrame } from '#shared/frame/codec.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { expect, it } from 'vitest';
import { FrameBuilder } from './frame-builder.ts';

it('a frame of neighbouring VMAs that were unmapped, as by dlclose or exec, can be decoded', () => {
  const builder = new FrameBuilder(0);
  const advance = (vmas: readonly Vma[], time: number) =>
    builder.advance({
      sample: { vmas, scanNs: 0 },
      tiles: new TileSet(),
      mode: 'interval',
      state: true,
      time,
      whole: false,
    });
  const stays = vmaOf(100, 110);
  advance([stays, vmaOf(200, 210), vmaOf(210, 230, { write: false }), vmaOf(300, 301)], 0);
  const frame = decodeFrame(encodeFrame(advance([stays], 50)));
  expect([...(frame.stamps?.lost ?? [])]).toEqual([200, 230, 300, 301]);
});
