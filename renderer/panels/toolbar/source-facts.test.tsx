import { describe, expect, it } from 'vitest';
import { CAPABLE, openState } from '../../heatmap/testing/window.tsx';
import { lacksOf, stateWord } from './source-facts.tsx';

describe('the source bar', () => {
  it.each([
    [openState(), 'running'],
    [openState({}, { paused: true }), 'sampling paused'],
    [openState({}, { ended: 'Process 7 ended.' }), 'ended'],
  ])('tells in a word how the program stands', (state, word) => {
    expect(stateWord(state)).toBe(word);
    const { source } = state;
    if (source && state.ended === null) {
      expect(stateWord({ ...state, source: { ...source, running: false } })).toBe('program held');
    }
  });

  it('tells what a source does not do, and nothing of one that does everything', () => {
    expect(lacksOf(CAPABLE)).toEqual([]);
    expect(lacksOf({ ...CAPABLE, walk: 'address', bytes: false, control: [] })).toHaveLength(3);
  });
});
