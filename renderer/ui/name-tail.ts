/** Characters at the end of a name that are kept: names of one program often begin alike. */
const TAIL = 5;
/** Shorter names are cut at their end: their beginning says more. */
const MIN_LENGTH = 15;

/**
 * How many characters at the end of a name stay when it is cut. None of a shared library's, which are its version, nor of
 * a short name.
 * @param name without its folder
 */
export function tailLength(name: string): number {
  return /\.so(?:\.|$)/.test(name) || name.length < MIN_LENGTH ? 0 : TAIL;
}
