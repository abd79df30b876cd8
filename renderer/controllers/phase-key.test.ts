import { describe, expect, it } from 'vitest';
import type { PhaseKeyState } from '#shared/contract/shell.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import { keepPhaseKey } from './phase-key.ts';
import { createSessionStore } from '../stores/session-store.ts';
import { createViewStore } from '../stores/view-store.ts';

/** Only the part of the session's state that is used here: that a source is open, and whether it has ended. */
const openState = (ended: string | null = null): SessionState =>
  ({ source: {}, ended }) as unknown as SessionState;

/** @param gives whether the system gives the key */
function start(gives: PhaseKeyState) {
  const model = { session: createSessionStore(), view: createViewStore(null) };
  const requests: boolean[] = [];
  const stop = keepPhaseKey(model, {
    listenForPhases: (on) => (requests.push(on), Promise.resolve(on ? gives : 'off')),
  });
  return { model, requests, stop };
}

describe('the key for phases', () => {
  it('is registered while it is enabled and a source is open', () => {
    const { model, requests, stop } = start('taken');
    model.view.setState({ phaseKey: true });
    expect(requests).toEqual([]);
    model.session.setState({ state: openState() });
    expect(requests).toEqual([true]);
    model.session.setState({ state: openState('Process 7 ended.') });
    expect(requests).toEqual([true, false]);
    model.session.setState({ state: openState() });
    model.view.setState({ phaseKey: false });
    expect(requests).toEqual([true, false, true, false]);
    stop();
    model.view.setState({ phaseKey: true });
    expect(requests).toHaveLength(4);
  });

  it('stays enabled, with a notice, if only the desktop knows', async () => {
    const { model } = start('unknown');
    model.session.setState({ state: openState() });
    model.view.setState({ phaseKey: true });
    await Promise.resolve();
    await Promise.resolve();
    expect(model.view.getState().phaseKey).toBe(true);
    expect(model.session.getState().problem).toBeNull();
    expect(model.session.getState().news).toContain('is decided by the desktop (Wayland)');
  });

  it('is reported and disabled if the system refuses it', async () => {
    const { model } = start('refused');
    model.session.setState({ state: openState() });
    model.view.setState({ phaseKey: true });
    await Promise.resolve();
    await Promise.resolve();
    expect(model.view.getState().phaseKey).toBe(false);
    expect(model.session.getState().problem?.message).toContain('Ctrl+Alt+E');
  });
});
