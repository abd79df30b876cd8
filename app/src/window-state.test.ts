import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_STATE,
  fitState,
  loadState,
  parseState,
  saveState,
  type SavedState,
} from './window-state.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1040 };
const right = { x: 1920, y: 0, width: 1280, height: 1000 };
const saved: SavedState = { x: 100, y: 50, width: 1200, height: 800, maximized: false };

describe('parseState', () => {
  it('reads what was saved', () => {
    expect(parseState(JSON.stringify(saved))).toEqual(saved);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"x":1}',
    '{"x":1,"y":1,"width":"9","height":9,"maximized":false}',
    '\0\0\0',
  ])('%j is nothing', (text) => {
    expect(parseState(text)).toBeNull();
  });

  it('refuses sizes that no window has', () => {
    for (const width of [0, -5, 1.5, 1e9]) expect(parseState(JSON.stringify({ ...saved, width }))).toBeNull();
  });
});

describe('fitState', () => {
  it('lets the system place a first window', () => {
    expect(fitState(null, [screen])).toEqual(DEFAULT_STATE);
  });

  it('keeps a window where it was', () => {
    expect(fitState(saved, [screen, right])).toEqual(saved);
    expect(fitState({ ...saved, x: 1950 }, [screen, right])).toMatchObject({ x: 1950, y: 50 });
  });

  it('pulls a window back that hangs over the edge', () => {
    expect(fitState({ ...saved, x: -300, y: 900 }, [screen])).toMatchObject({ x: 0, y: 240 });
  });

  it('forgets the place, not the size, if the screen is gone', () => {
    expect(fitState({ ...saved, x: 5000 }, [screen])).toEqual({ width: 1200, height: 800, maximized: false });
  });

  it('always gives a window that can be used', () => {
    const rectangle = fc.record({
      x: fc.integer({ min: -5000, max: 5000 }),
      y: fc.integer({ min: -5000, max: 5000 }),
      width: fc.integer({ min: 800, max: 8000 }),
      height: fc.integer({ min: 600, max: 8000 }),
    });
    fc.assert(
      fc.property(rectangle, fc.array(rectangle, { minLength: 1, maxLength: 3 }), (window, areas) => {
        const state = fitState({ ...window, maximized: false }, areas);
        expect(state.width).toBeGreaterThanOrEqual(800);
        expect(state.height).toBeGreaterThanOrEqual(600);
        const { x, y } = state;
        if (x === undefined || y === undefined) return;
        const inside = areas.some(
          (area) =>
            x >= area.x &&
            y >= area.y &&
            x + state.width <= area.x + area.width &&
            y + state.height <= area.y + area.height,
        );
        expect(inside).toBe(true);
      }),
      { seed: 41 },
    );
  });
});

describe('the file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'window-state-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is written and read again', () => {
    const file = join(folder, 'deep', 'window.json');
    saveState(file, saved);
    expect(loadState(file, [screen])).toEqual(saved);
  });

  it('may be missing, broken or a folder', () => {
    const file = join(folder, 'window.json');
    expect(loadState(file, [screen])).toEqual(DEFAULT_STATE);
    writeFileSync(file, readFileSync(process.execPath).subarray(0, 4096));
    expect(loadState(file, [screen])).toEqual(DEFAULT_STATE);
    rmSync(file);
    mkdirSync(file);
    expect(loadState(file, [screen])).toEqual(DEFAULT_STATE);
    saveState(file, saved);
    expect(loadState(file, [screen])).toEqual(DEFAULT_STATE);
  });
});
