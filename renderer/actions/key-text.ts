/** Keys as text: `Ctrl+Shift+P`, `g`, `Shift+n`, `?`, `Space`, `F6`. */
export interface Chord {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** As KeyboardEvent.key, letters in lower case. */
  readonly key: string;
}

/** The fields of a keyboard event that identify the keys. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const NAMED: Readonly<Record<string, string>> = { Space: ' ' };
const ARROWS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};

export function parseChord(text: string): Chord {
  // `+` is a key as well: alone, or after the last joint.
  const parts = text === '+' ? ['+'] : text.replace(/\+\+$/, '+plus').split('+');
  const last = parts.at(-1) ?? '';
  const name = last === 'plus' ? '+' : (NAMED[last] ?? last);
  const has = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  return {
    ctrl: has('Ctrl'),
    alt: has('Alt'),
    shift: has('Shift'),
    key: name.length === 1 ? name.toLowerCase() : name,
  };
}

/** Whether a press is this chord. The command key of a Mac counts as Ctrl. */
export function matches(chord: Chord, press: KeyPress): boolean {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (key !== chord.key) return false;
  if ((press.ctrlKey || press.metaKey) !== chord.ctrl || press.altKey !== chord.alt) return false;
  // Signs such as ? and + need Shift on one keyboard and not on another.
  return isSign(chord.key) || press.shiftKey === chord.shift;
}

/** Whether text fields leave this chord alone. */
export const isCommand = ({ ctrl, alt, key }: Chord): boolean => ctrl || alt || /^F\d+$/.test(key);

const isSign = (key: string): boolean => key.length === 1 && key !== ' ' && !/[\p{L}\p{N}]/u.test(key);

/** The labels on the keys, a string a key: Ctrl, Shift, P. */
export function keyCaps(text: string): string[] {
  const { ctrl, alt, shift, key } = parseChord(text);
  const cap = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : (ARROWS[key] ?? key);
  return [...(ctrl ? ['Ctrl'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), cap];
}

/** For `aria-keyshortcuts` and tooltips. */
export const keyText = (text: string): string => keyCaps(text).join('+');
