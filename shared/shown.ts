/** A value as an error message shows it: shortened. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      // A number that no double holds (lossless-json).
      return 'isLosslessNumber' in value ? clipped(String(value as unknown)) : 'an object';
    case 'string':
      return JSON.stringify(clipped(value));
    default:
      return clipped(String(value));
  }
}

/** At most 60 characters, so that an error stays readable. */
export const clipped = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
