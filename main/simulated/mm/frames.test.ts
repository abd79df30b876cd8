import { expect, it } from 'vitest';
import { Frames } from './frames.ts';
import { Machine } from '../machine.ts';

it('counts the entries of a frame, and reuses a block when its last frame is free', () => {
  const frames = new Frames(new Machine().events);
  const first = frames.allocateBlock();
  frames.add(first, 2, 0);
  frames.add(first + 9, 1, 1);
  expect(frames.users(first)).toBe(2);
  expect([frames.mappedBy(first + 9), frames.users(first + 9)]).toEqual([1, 2]);
  const second = frames.allocateBlock();
  expect(second).not.toBe(first);
  frames.add(first, -2, 0);
  frames.add(first + 9, -1, -1);
  expect(frames.allocateBlock()).toBe(first);
});

it('keeps no frames after all processes but one have ended', () => {
  const { init, memory } = new Machine();
  init.mmap({ page: 1024, pages: 1500, rights: 3, kind: 'anon-private' });
  init.write(1024, 1500);
  for (let round = 0; round < 50; round++) {
    const child = init.fork();
    if (typeof child === 'number') throw new Error('no child');
    child.write(1024 + round * 7, 100);
    init.write(1024 + round * 11, 200);
    child.exit();
  }
  init.write(1024, 1500);
  const dump = memory.frames.dump();
  expect(dump.frames).toEqual([]);
  expect(dump.blocks).toBeLessThan(12);
});
