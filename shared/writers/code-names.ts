import type { CodePlace } from '../contract/writers.ts';

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `module+0xOFFSET`, with the module's last part. */
export const moduleOffset = ({ module, offset }: CodePlace): string =>
  `${module === null ? '[no file]' : baseName(module)}+0x${offset.toString(16)}`;

/** The function; if none is known, module and offset. */
export const codeName = (place: CodePlace): string => place.function ?? moduleOffset(place);

/** `FILE:LINE`, or null if the source is not known. */
export const sourceLine = ({ file, line }: CodePlace): string | null =>
  file === null ? null : `${file}:${line ?? 0}`;

/** `name (tid)`. */
export function threadName(tid: number, thread: string | null): string {
  return tid === 0 ? 'another process' : `${thread ?? 'thread'} (${tid})`;
}
