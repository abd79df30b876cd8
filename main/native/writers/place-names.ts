import { type CodePlace, MAX_PLACE_TEXT } from '#shared/contract/writers.ts';
import type { Symbols } from '../symbols/symbols.ts';
import type { UnwoundStack } from '../symbols/unwinder.ts';
import type { StackCopy } from './registers.ts';
import type { FirstWrite } from './tracer.ts';

/** A first write with the names of its code. */
export interface NamedWrite {
  readonly write: FirstWrite;
  /** Place of the writing instruction. */
  readonly place: CodePlace;
  /** Callers, innermost first: functions into which that code was inlined included. */
  readonly callers: readonly CodePlace[];
}

const UNKNOWN: CodePlace = { function: null, module: null, offset: 0n, file: null, line: null };

/** In place of the callers that cannot be found: code without unwind information, or a stack of which a part was copied. */
export const CALLERS_UNKNOWN: CodePlace = { ...UNKNOWN, function: '[callers not known]' };

/** Names the code of a write, by symbols of its process. */
export function named(write: FirstWrite, symbols: Symbols): NamedWrite {
  // The kernel may report 0 for a thread that is ending.
  if (write.instruction === null || write.instruction === 0n) return { write, place: UNKNOWN, callers: [] };
  // After a system call the instruction is the next one, as a return address is.
  const at = write.inCall ? write.instruction - 1n : write.instruction;
  const [place, ...outer] = symbols.places(at);
  return {
    write,
    place,
    callers: [...outer, ...(write.stack === null ? [] : callersOf(write.stack, symbols))],
  };
}

/** Callers, innermost first. If they are not known for certain the last one is `CALLERS_UNKNOWN`. */
export function callersOf(stack: StackCopy, symbols: Symbols): CodePlace[] {
  const unwound = symbols.unwind(stack);
  // Without all registers no more than the next caller is asked for.
  return callerPlaces(stack.complete ? unwound : { ...unwound, isWhole: true }, symbols);
}

/** Like `callersOf`, for a stack that is already unwound. */
export function callerPlaces({ frames, isWhole }: UnwoundStack, symbols: Symbols): CodePlace[] {
  const callers = frames.slice(1).flatMap((frame) => (frame === 0n ? [] : symbols.places(frame - 1n)));
  return isWhole ? callers : [...callers, CALLERS_UNKNOWN];
}

const cutText = (text: string | null): string | null => text && text.slice(0, MAX_PLACE_TEXT);

/** Shortens names and paths to MAX_PLACE_TEXT characters. */
export function cutPlace(place: CodePlace): CodePlace {
  const { function: name, module, file } = place;
  return { ...place, function: cutText(name), module: cutText(module), file: cutText(file) };
}
