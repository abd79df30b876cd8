import { describe, expect, it } from 'vitest';
import { exitSentence, exitText } from './exit-text.ts';

describe('exitText', () => {
  it.each([
    [9, 'killed', 'it was ended by SIGKILL'],
    [139, 'crashed', 'it was ended by SIGSEGV'],
    [1, 'abnormal-exit', 'it ended with exit code 1'],
    [0, undefined, 'it ended with exit code 0'],
    [5, 'oom', 'it ran out of memory'],
    [2, 'launch-failed', 'it could not be started'],
  ])('code %i, reason %s: %s', (code, reason, words) => {
    expect(exitText(code, reason)).toBe(words);
  });
});

describe('exitSentence', () => {
  it('is a sentence of its own', () => {
    expect(exitSentence(9, 'killed')).toBe('It was ended by SIGKILL.');
  });
});
