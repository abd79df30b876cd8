/** Huge pages of a real program, as seen by a window: what tracking costs, and what happens after detaching. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAnySource } from '../open-sources.ts';
import { HUGE_KIB, HugeProgramBuild, type HugeProgram } from '../native/testing/huge-program.ts';
import { ServedWindow } from './testing/test-window.ts';

const TILES = 40;
let build: HugeProgramBuild;
let program: HugeProgram;
let window: ServedWindow;
beforeAll(() => void (build = new HugeProgramBuild()));
afterEach(async () => {
  await window.close();
  program.kill();
});
afterAll(() => build.remove());

async function watched(more: object = {}) {
  program = await build.start(TILES);
  window = new ServedWindow(openAnySource);
  await open(more);
  expect(await program.send('w')).toBe(0);
}
const open = (more: object = {}) =>
  window.call('source.open', { kind: 'native', pid: program.pid, backend: 'write-protect', ...more });
const events = () => window.events('huge.restore');
const ended = () => window.until(() => events().some(({ end }) => end !== null));

describe('huge pages of a program that is detached from', () => {
  it('are counted while it is watched, and restored with progress afterwards', async () => {
    await watched();
    await window.until(() =>
      window.events('session.statistics').some(({ cost }) => cost?.splitHugePages === TILES),
    );
    await window.call('source.close', {});
    await ended();
    expect(events()[0]).toMatchObject({ pid: program.pid, total: TILES, end: null });
    expect(events().at(-1)).toMatchObject({ total: TILES, restored: TILES, failed: 0, end: 'done' });
    expect(await program.send('h')).toBe(TILES * HUGE_KIB);
  });

  it('are not restored if that was selected', async () => {
    await watched({ restoreHuge: false });
    await window.call('source.close', {});
    expect(await program.send('h')).toBe(0);
    expect(events()).toEqual([]);
  });

  it('are left when the window cancels it', async () => {
    await watched();
    await window.call('source.close', {});
    await window.until(() => events().length > 0);
    await window.call('huge.cancelRestore', { pid: program.pid });
    await ended();
    expect(events().at(-1)).toMatchObject({ end: 'cancelled' });
  });

  it('are restored after a second attach that came before they all were', async () => {
    await watched();
    await window.call('source.close', {});
    await window.until(() => events().length > 0);
    await open();
    expect(events().at(-1)).toMatchObject({ end: 'cancelled' });
    const before = events().length;
    await window.call('source.close', {});
    await window.until(() =>
      events()
        .slice(before)
        .some(({ end }) => end !== null),
    );
    expect(events().at(-1)).toMatchObject({ end: 'done', failed: 0 });
    expect(await program.send('h')).toBe(TILES * HUGE_KIB);
  });
});
