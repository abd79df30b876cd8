import { type CodePlace, MAX_PLACE_TEXT } from '#shared/contract/writers.ts';
import type { Symbols } from '../symbols/symbols.ts';
import type { FirstWrite } from './tracer.ts';

/** A first write with the names of its code. */
export interface NamedWrite {
  readonly write: FirstWrite;
  /** Of the writing instruction. */
  readonly place: CodePlace;
  /** Callers, innermost first: functions into which that code was inlined included. */
  readonly callers: readonly CodePlace[];
}

const UNKNOWN: CodePlace = { function: null, module: null, offset: 0n, file: null, line: null };

/** Names the code of a write, by symbols of its process. */
export function named(write: FirstWrite, symbols: Symbols): NamedWrite {
  // Of a thread that just ends, the kernel may have 0.
  if (write.instruction === null || write.instruction === 0n) return { write, place: UNKNOWN, callers: [] };
  // After a system call the instruction is the next one, as a return address is.
  const at = write.inCall ? write.instruction - 1n : write.instruction;
  const [place, ...outer] = symbols.places(at);
  const unwound = write.stack === null ? [] : symbols.unwind(write.stack).slice(1);
  const frames = unwound.filter((frame) => frame !== 0n);
  return { write, place, callers: [...outer, ...frames.flatMap((frame) => symbols.places(frame - 1n))] };
}

const cutText = (text: string | null): string | null => text && text.slice(0, MAX_PLACE_TEXT);

/** With names and paths of at most MAX_PLACE_TEXT characters. */
export function cutPlace(place: CodePlace): CodePlace {
  const { function: name, module, file } = place;
  return { ...place, function: cutText(name), module: cutText(module), file: cutText(file) };
}
