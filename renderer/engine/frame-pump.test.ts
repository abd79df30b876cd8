import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeFrame } from '#shared/frame/codec.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { FrameStore } from '../data/frame-store.ts';
import { createSessionStore } from '../stores/session-store.ts';
import { RafLoop } from '../ui/raf-loop.ts';
import { EngineLink } from './engine-link.ts';
import { FramePump } from './frame-pump.ts';

/** A display that requests frames only when the test does so. */
let display: (() => void)[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  display = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) =>
    display.push(() => callback(performance.now())),
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function pump() {
  const frames = new FrameStore();
  const link = new EngineLink({
    connected() {},
    host() {},
    frame() {},
    event() {},
    problem() {},
  });
  const acks: number[] = [];
  vi.spyOn(link, 'ack').mockImplementation((sequence) => acks.push(sequence));
  return { frames, acks, pump: new FramePump(frames, new RafLoop(), link, createSessionStore()) };
}

const key = (sequence: number): ArrayBuffer => {
  const frame: Frame = {
    ...{ kind: 'key', mode: 'interval', sequence, base: sequence, time: sequence, merged: 1 },
    ...{ scanNs: 0, writtenPages: 0, vmas: [] },
    tiles: { indexes: new Float64Array(0), masks: new Uint32Array(0), words: new Uint32Array(0) },
  };
  return encodeFrame(frame);
};

it('a frame is applied when the display asks for one, and acknowledged after it', () => {
  const { pump: filled, frames, acks } = pump();
  filled.receive(key(1));
  expect(frames.sequence).toBe(-1);
  for (const ask of display.splice(0)) ask();
  expect([frames.sequence, acks]).toEqual([1, []]);
  vi.advanceTimersByTime(0);
  expect(acks).toEqual([1]);
});

it('a display that asks for none does not hold up the data; a hidden window takes none', () => {
  const { pump: filled, frames, acks } = pump();
  vi.stubGlobal('document', { visibilityState: 'hidden' });
  filled.receive(key(1));
  vi.advanceTimersByTime(60_000);
  expect(frames.sequence).toBe(-1);
  vi.stubGlobal('document', { visibilityState: 'visible' });
  filled.receive(key(2));
  vi.advanceTimersByTime(60_000);
  expect([frames.sequence, acks]).toEqual([2, [1, 2]]);
});
