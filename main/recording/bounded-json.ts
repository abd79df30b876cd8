import { damaged } from './bytes.ts';

const MAX_DEPTH = 16;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Parses JSON of a file whose author is not known. The cost of parsing is bounded by the length of `text` and the
 * number of values, so both are checked first.
 * @throws InspectorError `damaged-file` if it is not JSON, or has more than `maxValues` values
 */
export function parseBoundedJson(text: string, maxValues: number, what: string): unknown {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case 91: // [
      case 123: // {
        if (++depth > MAX_DEPTH) throw damaged(`${what}: nested more than ${MAX_DEPTH} deep`);
        values++;
        break;
      case 93: // ]
      case 125: // }
        depth--;
        break;
      case 44: // ,
        values++;
    }
    if (values > maxValues) throw damaged(`${what}: more than ${maxValues} values`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(`${what}: not JSON`);
  }
}

/** Position of the quote that ends the string that begins at `start`; the last position if none does. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return text.length - 1;
}
