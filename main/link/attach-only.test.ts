import { describe, expect, it } from 'vitest';
import { engine } from '../engine.ts';
import { EVERYTHING_PERMITTED } from '../session/server/permits.ts';
import { ServedWindow } from '../session/testing/test-window.ts';
import { AttachOnly, isElevated } from './attach-only.ts';

describe('an engine with another user’s rights', () => {
  it.each([
    [{ PKEXEC_UID: '1000' }, 0, true],
    [{ SUDO_UID: '1000' }, 0, true],
    [{ SUDO_UID: '0' }, 0, false],
    [{}, 0, false],
    [{ SUDO_UID: '1000' }, 1000, false],
  ])('is one with %j as user %d: %s', (env, uid, elevated) => {
    expect(isElevated(env, uid)).toBe(elevated);
  });

  it('starts no program and opens or makes no file, whatever is permitted', async () => {
    const attachOnly = AttachOnly.engine(engine);
    const window = new ServedWindow(attachOnly.openSource, new AttachOnly(EVERYTHING_PERMITTED));
    const refused = { kind: 'not-permitted', remedy: 'Select the engine of "This machine".' };
    const launch = { kind: 'launch', command: '/bin/true', args: [], cwd: null, env: {} };
    for (const source of [launch, { kind: 'demo' }, { kind: 'recording', path: '/etc/shadow' }]) {
      await expect(window.call('source.open', source)).rejects.toMatchObject(refused);
    }
    const { workloads } = await window.call('workloads.list', {});
    await window.call('source.open', {
      kind: 'simulated',
      workload: workloads[0]?.id,
      parameters: {},
      seed: 1,
    });
    for (const path of [null, '/root/a.mcap']) {
      await expect(window.call('recording.start', { path })).rejects.toMatchObject(refused);
    }
    // What the window's end writes is its own.
    const linked = window.call('recording.start', { path: null, linked: '/root/a.mcap' });
    await expect(linked).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(window.call('recording.fetch', { path: '/root/a.mcap' })).rejects.toMatchObject(refused);
    const range = { start: 1, end: 2 };
    await expect(window.call('writers.watch', { range, stacks: false })).rejects.toMatchObject(refused);
    await expect(window.call('words.watch', { address: 4096n, size: 8 })).rejects.toMatchObject(refused);
    const compared = { path: '/etc/shadow', startNs: 0, endNs: 1 };
    await expect(window.call('compare.ranges', { a: compared, b: compared })).rejects.toMatchObject(refused);
    await window.close();
  });
});
