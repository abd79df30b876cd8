import { systemReason } from '#shared/system-reason.ts';
/** Size and place of the window between runs, in a small file that may be missing, broken or from another screen. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

export const MIN_WIDTH = 800;
export const MIN_HEIGHT = 600;

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The window's initial state. Without x and y the system places it. */
export interface WindowState {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

const pixels = z.number().int().min(-100_000).max(100_000);
const savedSchema = z.object({
  x: pixels,
  y: pixels,
  width: pixels.positive(),
  height: pixels.positive(),
  maximized: z.boolean(),
});
export type SavedState = z.infer<typeof savedSchema>;

export const DEFAULT_STATE: WindowState = { width: 1440, height: 900, maximized: false };

/** Reads what was saved; null for anything else. */
export function parseState(text: string): SavedState | null {
  try {
    const parsed = savedSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

/** The area of `a` on `b`, in square pixels. */
function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * Fits a saved state to the screens there are now.
 *
 * @param workAreas the usable area of each screen, the primary one first; at least one
 * @returns a window entirely on the screen that held most of it; placed by the system where that screen is gone
 */
export function fitState(saved: SavedState | null, workAreas: readonly Rectangle[]): WindowState {
  const primary = workAreas[0];
  if (primary === undefined) return saved ?? DEFAULT_STATE;
  const wanted = saved ?? DEFAULT_STATE;
  const home =
    saved === null
      ? undefined
      : workAreas
          .filter((area) => overlap(saved, area) > 0)
          .sort((a, b) => overlap(saved, b) - overlap(saved, a))[0];
  const area = home ?? primary;
  const width = clamp(wanted.width, MIN_WIDTH, area.width);
  const height = clamp(wanted.height, MIN_HEIGHT, area.height);
  const size = { width, height, maximized: wanted.maximized };
  if (saved === null || home === undefined) return size;
  return {
    ...size,
    x: clamp(saved.x, area.x, area.x + area.width - width),
    y: clamp(saved.y, area.y, area.y + area.height - height),
  };
}

export function loadState(file: string, workAreas: readonly Rectangle[]): WindowState {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A first run has no file; one that cannot be read is no reason not to open a window.
  }
  return fitState(parseState(text), workAreas);
}

/** Writes atomically; on a full or read-only disk only the window's position is lost. */
export function saveState(file: string, state: SavedState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    process.stderr.write(`The window's size could not be saved: ${systemReason(cause)}.\n`);
  }
}
