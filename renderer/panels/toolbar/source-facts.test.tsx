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

  it('tells of a recording whether it plays', () => {
    const state = openState({}, { paused: true });
    if (!state.source) throw new Error('nothing is open');
    const { source } = state;
    const file = { startNs: 0, endNs: 1, path: '/a.mcap', frames: 2, speed: 1, loop: null, recordedAt: null };
    const whole = { ...file, position: { timeNs: 0, frame: 0 }, growing: false, damage: null };
    const told = (playing: boolean): string =>
      stateWord({ ...state, source: { ...source, playback: { ...whole, playing } } });
    expect([told(true), told(false)]).toEqual(['playing', 'recording']);
  });

  it('tells what a source does not do, and nothing of one that does everything', () => {
    expect(lacksOf(CAPABLE)).toEqual([]);
    expect(lacksOf({ ...CAPABLE, walk: 'address', bytes: false, control: [] })).toHaveLength(3);
  });
});
