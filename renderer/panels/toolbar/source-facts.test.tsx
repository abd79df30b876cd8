import { describe, expect, it } from 'vitest';
import { CAPABLE, openState } from '../../testing/window.tsx';
import { livenessOf } from '../../stores/liveness.ts';
import { lacksOf, stateText } from './source-facts.tsx';

describe('the source bar', () => {
  it.each([
    [openState(), 'running'],
    [openState({}, { paused: true }), 'sampling paused'],
    [openState({}, { ended: 'Process 7 ended.', endReason: 'exit' }), 'exited'],
    [openState({}, { ended: 'Process 7 cannot be tracked any longer.', endReason: 'lost' }), 'stopped'],
  ])('has a word for the state of the program', (state, word) => {
    expect(stateText(state, livenessOf({ status: 'running' }, state))).toBe(word);
    const { source } = state;
    if (source && state.ended === null) {
      expect(stateText({ ...state, source: { ...source, running: false } }, 'live')).toBe('program paused');
      const stopped = 'stopped by gdb (4700)';
      expect(stateText({ ...state, source: { ...source, stopped } }, 'live')).toBe(stopped);
    }
    // Nothing runs without an engine, regardless of its last report.
    expect(stateText(state, livenessOf({ status: 'died', detail: '' }, state))).toBe('stopped');
  });

  it('shows whether a recording is playing', () => {
    const state = openState({}, { paused: true });
    if (!state.source) throw new Error('nothing is open');
    const { source } = state;
    const file = { startNs: 0, endNs: 1, path: '/a.mcap', frames: 2, speed: 1, loop: null, recordedAt: null };
    const whole = { ...file, position: { timeNs: 0, frame: 0 }, growing: false, damage: null };
    const shown = (playing: boolean): string =>
      stateText({ ...state, source: { ...source, playback: { ...whole, playing } } }, 'live');
    expect([shown(true), shown(false)]).toEqual(['playing', 'recording']);
  });

  it('lists what a source does not support, and nothing for full support', () => {
    expect(lacksOf(CAPABLE)).toEqual([]);
    expect(lacksOf({ ...CAPABLE, walk: 'address', bytes: false, control: [] })).toHaveLength(3);
  });
});
