/** The last writes of the inspected page are those before the time that is shown, wherever it was reached from. */
import { beforeEach, expect, it } from 'vitest';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { WriteHistoryRequest } from '#shared/contract/write-history.ts';
import { FrameStore } from '../data/frame-store.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import { createSessionStore } from '../stores/session-store.ts';
import { frameOf, vmaOf } from '../testing/memory.ts';
import { PageHistory } from './page-history.ts';

const PAGE = 3;
/** A recording of 20 samples a second, in which the page is written in every third. */
const SAMPLES = Array.from({ length: 200 }, (_, i) => ({ ms: (i + 1) * 50, written: i % 3 === 0 }));

let asked: number[] = [];
const frames = new FrameStore();
const session = createSessionStore();
const link = {
  call: (_name: string, { range, buckets }: WriteHistoryRequest) => {
    asked = [...buckets];
    const { startNs = 0, endNs = 0 } = range ?? {};
    // The engine also has the interval that begins before the end.
    const found = SAMPLES.filter(({ ms }) => ms * 1e6 > startNs && ms * 1e6 <= endNs + 50e6);
    const offsets = [0];
    for (const { written } of found) offsets.push((offsets.at(-1) ?? 0) + (written ? 1 : 0));
    return Promise.resolve({
      ends: Float64Array.from(found, ({ ms }) => ms * 1e6),
      states: new Uint8Array(found.length),
      offsets: Uint32Array.from(offsets),
    });
  },
} as unknown as EngineLink;
const history = new PageHistory({ frames, link, session });

beforeEach(() => {
  session.setState({ state: { source: {}, hz: 20 } as unknown as SessionState });
  frames.reset();
  frames.rewinds = true;
});

/** The picture is that of time `ms`, as after a seek. */
async function shownAt(ms: number): Promise<{ time: number; written: boolean }[]> {
  frames.apply(frameOf([vmaOf(0, 10)], [], { time: ms, sequence: ms }), 0);
  history.refresh(PAGE);
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked).toEqual([PAGE, PAGE + 1]);
  return [...history.store.getState().samples];
}

const before = (ms: number) =>
  SAMPLES.filter((sample) => sample.ms <= ms)
    .slice(-128)
    .map(({ ms: time, written }) => ({ time, written }));

it('a seek forward or back shows the samples before the time that it leads to', async () => {
  for (const ms of [500, 9000, 2000, 10_000]) expect(await shownAt(ms), `${ms} ms`).toEqual(before(ms));
});

it('another page begins with nothing', async () => {
  await shownAt(500);
  history.refresh(PAGE + 1);
  expect(history.store.getState()).toEqual({ page: PAGE + 1, samples: [] });
});
