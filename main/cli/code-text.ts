import type { CodePlace } from '#shared/contract/writers.ts';
import { printable } from './terminal-text.ts';

export const hex = (value: bigint) => `0x${value.toString(16)}`;

/** A code address as the JSON lines have it. */
export const placeJson = (place: CodePlace) => ({ ...place, offset: hex(place.offset) });

/** `module+0xOFFSET`. */
export const codeOf = ({ module, offset }: CodePlace) => `${module ?? '[no file]'}+${hex(offset)}`;

/** A code address for people: function, source line, and where in which file. */
export function placeText(place: CodePlace): string {
  const { function: name, file, line } = place;
  const code = codeOf(place);
  return printable(
    `${name ?? code}${file === null ? '' : ` at ${file}:${line}`}${name === null ? '' : ` (${code})`}`,
  );
}
