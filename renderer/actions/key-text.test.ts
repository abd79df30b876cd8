import { describe, expect, it } from 'vitest';
import { isCommand, keyCaps, type KeyPress, matches, parseChord } from './key-text.ts';

const press = (key: string, ...modifiers: string[]): KeyPress => ({
  key,
  ctrlKey: modifiers.includes('Ctrl'),
  metaKey: modifiers.includes('Meta'),
  altKey: modifiers.includes('Alt'),
  shiftKey: modifiers.includes('Shift'),
});

describe('keys as text', () => {
  it.each([
    ['g', press('g'), true],
    ['g', press('G'), true],
    ['g', press('G', 'Shift'), false],
    ['g', press('g', 'Ctrl'), false],
    ['Shift+n', press('N', 'Shift'), true],
    ['Shift+n', press('n'), false],
    ['Ctrl+Shift+P', press('P', 'Ctrl', 'Shift'), true],
    ['Ctrl+Shift+P', press('p', 'Meta', 'Shift'), true],
    ['Ctrl+Shift+P', press('p', 'Ctrl'), false],
    ['Space', press(' '), true],
    ['Space', press(' ', 'Shift'), false],
    // Where the sign is on the keyboard decides whether Shift is down.
    ['?', press('?', 'Shift'), true],
    ['?', press('?'), true],
    ['+', press('+', 'Shift'), true],
    ['Ctrl++', press('+', 'Ctrl', 'Shift'), true],
    ['F6', press('F6'), true],
    ['Shift+F6', press('F6'), false],
    ['Escape', press('Escape'), true],
  ])('%s and %o: %s', (text, event, fits) => {
    expect(matches(parseChord(text), event)).toBe(fits);
  });

  it.each([
    ['Ctrl+Shift+P', ['Ctrl', 'Shift', 'P']],
    ['g', ['G']],
    ['+', ['+']],
    ['Space', ['Space']],
    ['Shift+ArrowRight', ['Shift', '→']],
  ])('%s is written %j', (text, caps) => {
    expect(keyCaps(text)).toEqual(caps);
  });

  it('commands work while text is typed, plain keys do not', () => {
    expect(['Ctrl+j', 'Alt+x', 'F1'].map((text) => isCommand(parseChord(text)))).toEqual([true, true, true]);
    expect(['j', 'Shift+n', '?', 'Space'].some((text) => isCommand(parseChord(text)))).toBe(false);
  });
});
