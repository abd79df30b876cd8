import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { InspectorError } from '#shared/contract/errors.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { attemptIn } from './attempt.ts';

const failing = () => Promise.reject(new InspectorError('io', 'The file exists.'));

function start() {
  const session = createStore<SessionStore>(() => ({ problem: null }) as SessionStore);
  return { attempt: attemptIn(session), message: () => session.getState().problem?.message ?? null };
}

describe('a failed attempt', () => {
  it('is shown until another attempt succeeds', async () => {
    const { attempt, message } = start();
    await attempt(failing);
    expect(message()).toBe('The file exists.');
    await attempt(() => Promise.resolve());
    expect(message()).toBeNull();
  });

  it('stays shown when the attempt around it ends, which did not fail itself', async () => {
    const { attempt, message } = start();
    await attempt(() => attempt(failing));
    expect(message()).toBe('The file exists.');
  });
});
