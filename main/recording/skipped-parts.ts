import { plural } from '#shared/plural.ts';
/** Parts of a file that cannot be read and are left out. */
export interface SkippedParts {
  /** Records, chunks among them. */
  parts: number;
  chunks: number;
  bytes: number;
  /** Frames that are known to be missing. */
  frames: number;
  /** Why the first one cannot be read; empty if there is none. */
  why: string;
}

export const noDamage = (): SkippedParts => ({ parts: 0, chunks: 0, bytes: 0, frames: 0, why: '' });

/** Describes what was left out; null if nothing was. */
export function describeSkipped({ parts, bytes, frames, why }: SkippedParts): string | null {
  if (parts === 0) return null;
  const what = parts === 1 ? 'One damaged part is' : `${parts} damaged parts are`;
  const lost = frames === 0 ? '' : ` with ${plural(frames, 'frame')}`;
  const reason = why.replace(/^The recording is damaged: /, '').replace(/\.$/, '');
  return `${what} left out: ${plural(bytes, 'byte')}${lost} (${reason})`;
}
