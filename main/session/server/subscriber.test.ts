import { describe, expect, it } from 'vitest';
import { FrameState } from '#shared/frame/apply.ts';
import { decodeFrame } from '#shared/frame/codec.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import { Subscriber } from './subscriber.ts';

const vmas = [vmaOf(0, 512)];

/** A subscriber over frames in which one page each was written, and what it sent. */
function subscribed() {
  const builder = new FrameBuilder(0);
  const sent: Frame[] = [];
  const subscriber = new Subscriber(
    (buffer) => sent.push(decodeFrame(buffer)),
    () => builder.key(),
  );
  const write = (page: number, whole = false): void => {
    const tiles = new TileSet();
    tiles.setRun(Plane.Written, page, page + 1);
    const sample = { vmas, scanNs: 0 };
    const time = page * 10;
    subscriber.offer(builder.advance({ sample, tiles, mode: 'interval', state: true, time, whole }));
  };
  const shown = (frame: Frame | undefined): [number, number][] => {
    const state = new FrameState();
    if (!frame || !state.apply(frame)) throw new Error('no key frame');
    return state.tiles.runs(Plane.Written);
  };
  return { subscriber, sent, write, shown };
}

describe('frames to a window', () => {
  it('a frame that was lost is sent again with those after it', () => {
    const { subscriber, sent, write, shown } = subscribed();
    write(1);
    write(3);
    subscriber.resync();
    expect(sent).toHaveLength(2);
    expect(shown(sent[1])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('a frame that was lost when another source was opened, or after a seek, adds nothing to what follows', () => {
    const { subscriber, sent, write, shown } = subscribed();
    write(1);
    subscriber.reset();
    write(3, true);
    expect(sent).toHaveLength(1);
    subscriber.resync();
    expect(sent).toHaveLength(2);
    expect(shown(sent[1])).toEqual([[3, 4]]);
    expect(sent[1]?.stamps).toBeUndefined();
    // Under way again, of the current source: lost now, it is sent again.
    write(5);
    subscriber.resync();
    expect(shown(sent[2])).toEqual([
      [3, 4],
      [5, 6],
    ]);
  });
});
