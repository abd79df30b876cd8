import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HiddenWindow, SHOW_WITHIN_MS, showSoon } from './show-soon.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A window whose events the test emits; calls are recorded. */
class Recorded extends EventEmitter implements HiddenWindow {
  readonly done: string[] = [];
  destroyed = false;
  isDestroyed = (): boolean => this.destroyed;
  maximize = (): void => void this.done.push('maximize');
  show = (): void => void this.done.push('show');
}

describe('a window', () => {
  it('is shown after a bounded time if no event comes', () => {
    const window = new Recorded();
    showSoon(window, false);
    vi.advanceTimersByTime(SHOW_WITHIN_MS - 1);
    expect(window.done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(window.done).toEqual(['show']);
    // An event that comes late changes nothing.
    window.emit('ready-to-show');
    expect(window.done).toEqual(['show']);
  });

  it('is shown at once when it is painted, and only then', () => {
    const window = new Recorded();
    showSoon(window, true);
    expect(window.done).toEqual([]);
    window.emit('ready-to-show');
    vi.advanceTimersByTime(2 * SHOW_WITHIN_MS);
    expect(window.done).toEqual(['maximize', 'show']);
  });

  it('that was closed before is not touched', () => {
    const closed = new Recorded();
    showSoon(closed, false);
    closed.emit('closed');
    vi.advanceTimersByTime(SHOW_WITHIN_MS);
    expect(closed.done).toEqual([]);
    const destroyed = new Recorded();
    showSoon(destroyed, false);
    destroyed.destroyed = true;
    vi.advanceTimersByTime(SHOW_WITHIN_MS);
    expect(destroyed.done).toEqual([]);
  });
});
