import { afterEach, beforeEach, expect, it } from 'vitest';
import { testBit } from '#shared/memory/bitmap.ts';
import { Plane } from '#shared/memory/plane.ts';
import { ServedWindow } from '../testing/test-window.ts';

const ADDRESS = '0x100000000';
const PAGE = 0x100000;
const SCENARIO = {
  name: 'one page',
  steps: [
    { op: 'mmap', addr: ADDRESS, len: 16384, prot: 'rw', kind: 'anon-private' },
    { op: 'clear_refs' },
    { op: 'write', addr: ADDRESS, len: 1 },
    { op: 'clear_refs' },
  ],
};

let window: ServedWindow;
beforeEach(async () => {
  window = new ServedWindow();
  await window.call('source.open', {
    kind: 'scenario',
    name: 'one-page.json',
    text: JSON.stringify(SCENARIO),
  });
});
afterEach(() => window.close());

/** Whether the page is written in the picture. */
function written(): boolean {
  const { tiles } = window.state;
  const slot = tiles.find(Math.floor(PAGE / 512));
  return slot >= 0 && testBit(tiles.words, tiles.offset(slot, Plane.Written), PAGE % 512);
}

async function shown(value: boolean): Promise<void> {
  await window.until(() => written() === value);
}

it('frames show the state at the position, forward and back', async () => {
  const { state } = await window.call('steps.move', { to: 'call', call: 3 });
  expect(state.call).toMatchObject({ index: 2, text: `write addr=${ADDRESS} len=1`, result: '0' });
  await shown(true);
  await window.call('steps.move', { to: 'end' });
  await shown(false);
  await window.call('steps.move', { to: 'previous-call' });
  await shown(true);
  const reply = await window.call('steps.move', { to: 'start' });
  expect(reply.found).toBe(true);
  await shown(false);
  expect((await window.call('steps.move', { to: 'back' })).found).toBe(false);
  expect(window.events('steps.changed').at(-1)).toMatchObject({ position: 0, current: null });
});

it('samples clear nothing, and mode interval is refused', async () => {
  await window.call('steps.move', { to: 'call', call: 3 });
  expect(await window.call('session.state', {})).toMatchObject({
    mode: 'hold',
    source: { capabilities: { steps: true } },
  });
  await expect(window.call('session.configure', { mode: 'interval' })).rejects.toMatchObject({
    kind: 'unsupported',
  });
  await window.call('session.sample', {});
  await shown(true);
});

it('an operation of the window becomes a call with sub-steps', async () => {
  await window.call('steps.move', { to: 'call', call: 3 });
  const request = { op: 'GET_AND_CLEAR', start: BigInt(ADDRESS), len: 16384n, vecLen: 4, flags: 0 };
  expect(await window.call('operation.run', request)).toMatchObject({ ok: true, ret: 1 });
  const state = await window.call('steps.state', {});
  expect(state.call).toMatchObject({ origin: null, result: '1' });
  const { subSteps } = await window.call('steps.list', { from: state.call?.first ?? 0, count: 10 });
  expect(subSteps.map((step) => step.function)).toContain('clear_soft_dirty()');
  await shown(false);
});

it('a manual access comes next', async () => {
  await window.call('steps.move', { to: 'call', call: 2 });
  const state = await window.call('steps.access', { page: PAGE + 1, write: true });
  expect(state.current?.kind).toBe('return');
  const { state: next } = await window.call('steps.move', { to: 'forward' });
  expect(next.current?.sentence).toContain('Write to 0x100001000');
});

it('a workload is played by its calls', async () => {
  const parameters = { entities: 1, textures: 8, ring: 1 };
  await window.call('source.open', {
    kind: 'simulated',
    workload: 'game-loop',
    parameters,
    seed: 1,
    stepped: true,
  });
  const { state } = await window.call('steps.move', { to: 'call', call: 5 });
  expect(state).toMatchObject({ totalCalls: null, complete: false });
  expect(state.calls).toBeGreaterThan(5);
  expect(state.call?.text).toMatch(/^mmap\(/);
  await window.until(() => window.state.vmas.some(({ name }) => name === '/usr/games/skerry'));
});

it('a scenario that is not valid is refused with its step and field', async () => {
  const text = JSON.stringify({ ...SCENARIO, steps: [{ op: 'mmap', addr: ADDRESS }] });
  await expect(window.call('source.open', { kind: 'scenario', name: 'bad.json', text })).rejects.toThrow(
    'bad.json: steps[0] (mmap): len: expected a whole number',
  );
});
