import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type RafClient, RafLoop } from './raf-loop.ts';

/** A display that runs the requested frames when the test does so. */
let asked: FrameRequestCallback[] = [];
const display = (): void => asked.splice(0).forEach((frame) => frame(performance.now()));

beforeEach(() => {
  asked = [];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => asked.push(frame));
});
afterEach(() => vi.unstubAllGlobals());

/** A loop with clients that count their frames, and do something in each. */
function loopOf(...frames: ((loop: RafLoop, clients: readonly RafClient[]) => void)[]) {
  const loop = new RafLoop();
  const counts = frames.map(() => 0);
  const clients: RafClient[] = [];
  frames.forEach((act, index) => {
    const client = {
      frame: () => {
        counts[index] = (counts[index] ?? 0) + 1;
        act(loop, clients);
        return false;
      },
    };
    clients.push(client);
    loop.add(client);
  });
  return { loop, counts, clients };
}
const nothing = (): void => undefined;

it('what a client changes for one that is still to run is painted in the same frame, without another', () => {
  const { counts } = loopOf((loop, [, second]) => loop.request(second), nothing);
  display();
  expect(counts).toEqual([1, 1]);
  expect(asked).toEqual([]);
});

it('a client that has run gets another frame', () => {
  let once = true;
  const { counts } = loopOf(nothing, (loop, [first]) => {
    if (once) loop.request(first);
    once = false;
  });
  display();
  expect(asked).toHaveLength(1);
  display();
  expect(counts).toEqual([2, 2]);
  expect(asked).toEqual([]);
});

it('a request without a client is another frame, even during one', () => {
  let once = true;
  loopOf((loop) => {
    if (once) loop.request();
    once = false;
  });
  display();
  expect(asked).toHaveLength(1);
});

it('a client that fails does not stop the others', () => {
  let fails = true;
  const { loop, counts, clients } = loopOf(() => {
    if (fails) throw new Error('broken');
  }, nothing);
  expect(display).toThrow('broken');
  fails = false;
  for (const client of clients) loop.request(client);
  expect(asked).toHaveLength(1);
  display();
  expect(counts).toEqual([2, 1]);
});
