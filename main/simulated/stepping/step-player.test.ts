import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../workloads/random.ts';
import { DEFAULT_MACHINE, type Scenario, type Step } from '../../scenarios/steps.ts';
import { validateScenario } from '../../scenarios/validate.ts';
import { Machine } from '../machine.ts';
import { StepExecutor } from '../steps/execute-step.ts';
import { dumpMachine } from '../testing/dump-machine.ts';
import { randomSteps } from '../testing/random-steps.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { StepPlayer } from './step-player.ts';

const FIXTURES = new URL('../../scenarios/fixtures/', import.meta.url);

/** The whole state: memory of all processes, frames, page cache, TLBs, the process that runs. */
function dump(player: StepPlayer): string {
  const { machine } = player.program;
  return JSON.stringify([dumpMachine(machine), machine.mms.map(({ tlb }) => tlb.entries), player.process]);
}

/**
 * Plays a scenario forward, then goes forth and back at random, by sub-steps and by calls. The whole state at each place on
 * this way is that of a player which only ever went forward, and the state after each call is that of a machine that nothing
 * listens to.
 */
function playAtRandom(scenario: Scenario, seed: number): void {
  const player = new StepPlayer(new ScenarioProgram(scenario));
  const { heap, ...options } = scenario.machine;
  const plain = new StepExecutor(new Machine({ ...options, heap: Number(heap) }), scenario.machine.arena);
  while (player.move({ to: 'forward' }));
  const state = player.state();
  expect(state).toMatchObject({ complete: true, failure: null, calls: scenario.steps.length });
  expect(state.position).toBe(state.known);
  for (const [index, { step }] of scenario.steps.entries()) {
    plain.execute(step);
    player.move({ to: 'call', call: index + 1 });
    const same = dumpMachine(plain.machine) === dumpMachine(player.program.machine);
    expect(same, `after steps[${index}]`).toBe(true);
  }
  const random = new Random(seed);
  const visited: [number, string][] = [];
  for (let round = 0; round < 60; round++) {
    const move = random.below(6);
    if (move === 0) player.move({ to: 'number', number: random.below(state.known + 1) });
    else if (move === 1) player.move({ to: 'previous-call' });
    else if (move === 2) player.move({ to: 'next-call' });
    else if (move <= 4) player.move({ to: 'back' });
    else player.move({ to: 'forward' });
    visited.push([player.position, dump(player)]);
  }
  player.close();
  const forward = new StepPlayer(new ScenarioProgram(scenario));
  for (const [position, expected] of visited.sort((a, b) => a[0] - b[0])) {
    while (forward.position < position) forward.move({ to: 'forward' });
    expect(dump(forward) === expected, `at sub-step ${position}, seed ${seed}`).toBe(true);
  }
  forward.close();
}

describe.each(['directed', 'random'])('kernel traces, %s', (kind) => {
  const folder = new URL(`${kind}/`, FIXTURES);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  it.each(names)('%s: forth and back at random, the state is exact', (name) => {
    playAtRandom(validateScenario(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name), 1);
  });
});

describe('random steps of every kind', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))('seed %i', (seed) => {
    const { settings, steps } = randomSteps(seed);
    const machine = { ...DEFAULT_MACHINE, ...settings };
    playAtRandom(scenarioOf(steps, { machine }), seed);
  });
});

function scenarioOf(steps: readonly Step[], more: Partial<Scenario> = {}): Scenario {
  const rest = { name: 'test', description: '', machine: DEFAULT_MACHINE, fullVec: false };
  return { ...rest, ...more, steps: steps.map((step) => ({ step })) };
}

const RANGE = { addr: 0x100000000n, len: 16384n };
const PAGE = 0x100000;
const MAP: Step = { op: 'mmap', ...RANGE, prot: 'rw', kind: 'anon-private' };
const WRITE: Step = { op: 'write', addr: RANGE.addr, len: 1n };

function playerOf(...steps: Step[]): StepPlayer {
  return new StepPlayer(new ScenarioProgram(scenarioOf(steps)));
}

function subSteps(player: StepPlayer): [string, string][] {
  player.move({ to: 'end' });
  return player.list(0, 1000).subSteps.map(({ kind, function: name }) => [kind, name]);
}

it('a first write, sub-step by sub-step', () => {
  const player = playerOf(MAP, WRITE);
  player.move({ to: 'call', call: 1 });
  const mapped = player.known;
  expect(subSteps(player).slice(mapped)).toEqual([
    ['tlb', 'processor'],
    ['walk', 'processor'],
    ['fault', 'exc_page_fault()'],
    ['handler', 'find_vma()'],
    ['handler', 'alloc_zeroed_user_highpage_movable()'],
    ['table', '__pud_alloc()'],
    ['table', '__pmd_alloc()'],
    ['table', '__pte_alloc()'],
    ['vma', '__anon_vma_prepare()'],
    ['entry', 'do_anonymous_page()'],
    ['tlb', 'processor'],
  ]);
  expect(player.state().registers).toEqual({ cr3: 0, cr2: PAGE, errorCode: ['W', 'U'] });
  expect(player.state().tlb).toEqual([{ page: PAGE, pages: 1, writable: true, dirty: true }]);
});

it('the first write after a clear: four levels, a read-only entry, reuse', () => {
  const player = playerOf(MAP, WRITE, { op: 'clear_refs' }, WRITE);
  player.move({ to: 'call', call: 3 });
  const before = player.known;
  const functions = subSteps(player)
    .slice(before)
    .map(([kind, name]) => `${kind} ${name}`);
  expect(functions).toEqual([
    'tlb processor',
    ...Array.from({ length: 4 }, () => 'walk processor'),
    ...['fault exc_page_fault()', 'handler find_vma()', 'handler wp_page_reuse()'],
    ...['entry wp_page_reuse()', 'tlb processor'],
  ]);
  const entry = player.subStep(before + 9);
  expect(entry.touched.entries).toEqual([
    { process: 0, level: 'PTE', base: PAGE, runs: [[0, 1]], set: ['RW', 'SD'], cleared: [] },
  ]);
  expect(player.subStep(before + 6).sentence).toContain('write to a read-only entry');
});

it('the first write to a page that was read: the zero page is replaced', () => {
  const player = playerOf(MAP, { op: 'read', addr: RANGE.addr, len: 1n }, WRITE);
  const entries = subSteps(player).filter(([kind]) => kind === 'entry');
  expect(entries.map(([, name]) => name)).toEqual(['do_anonymous_page()', 'wp_page_copy()']);
});

it('clearing: the flag of the VMA, the entries, the flush', () => {
  const player = playerOf(MAP, WRITE, { op: 'clear_refs' });
  player.move({ to: 'call', call: 2 });
  const before = player.known;
  expect(subSteps(player).slice(before)).toEqual([
    ['call', 'clear_refs_write()'],
    ['vma', 'clear_refs_write()'],
    ['entry', 'clear_soft_dirty()'],
    ['flush', 'flush_tlb_range()'],
    ['return', 'clear_refs_write()'],
  ]);
});

it('a read, then a write: the TLB has the page without the D bit', () => {
  const read: Step = { op: 'read', addr: RANGE.addr, len: 1n };
  // Shared memory: the read maps the page writable.
  const player = playerOf({ ...MAP, kind: 'anon-shared' }, read, WRITE);
  player.move({ to: 'end' });
  const stale = player.list(0, 1000).subSteps.find(({ sentence }) => sentence.includes('without the D bit;'));
  expect(stale?.kind).toBe('tlb');
});

it('goes to the next and to the previous change of a page', () => {
  const player = playerOf(MAP, WRITE, { op: 'clear_refs' }, { ...WRITE, addr: RANGE.addr + 4096n }, WRITE);
  const pages = { start: PAGE, pages: 1 };
  const kinds: string[] = [];
  while (player.move({ to: 'change', pages, back: false }))
    kinds.push(player.state().call?.text.split(' ')[0] ?? '');
  expect(kinds).toEqual(['mmap', 'write', 'clear_refs', 'clear_refs', 'write']);
  expect(player.move({ to: 'change', pages, back: true })).toBe(true);
  expect(player.state().current?.function).toBe('clear_soft_dirty()');
});

it('a manual access is played after the present call; what followed runs again', () => {
  const player = playerOf(MAP, WRITE, { op: 'clear_refs' });
  player.move({ to: 'end' });
  player.move({ to: 'call', call: 2 });
  const value = player.insert('write', 'write', ({ id }) => id, String);
  expect(value).toBe(0);
  expect(player.state()).toMatchObject({ complete: false, calls: 3, position: player.calls[2].first });
  player.move({ to: 'end' });
  expect(player.calls.map(({ origin }) => origin)).toEqual([0, 1, null, 2]);
});

it('a long access: its first pages one by one, the rest a page table at a time', () => {
  const long = { addr: RANGE.addr, len: 4096n * 2048n };
  const player = playerOf({ ...MAP, ...long }, { op: 'write', ...long });
  player.move({ to: 'end' });
  const { subSteps: all } = player.list(0, 1000);
  expect(all.filter(({ kind }) => kind === 'fault')).toHaveLength(64);
  const bulk = all.filter(({ sentence }) => sentence.includes('are accessed'));
  expect(bulk.map(({ touched }) => touched.pages[0].pages)).toEqual([448, 511, 511, 511]);
});
