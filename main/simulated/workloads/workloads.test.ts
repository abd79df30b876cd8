/** Properties of every workload. */
import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Machine } from '../machine.ts';
import { softDirty } from '../soft-dirty/soft-dirty.ts';
import { MACHINE_PARAMETERS } from '../source/parameters.ts';
import { readPlanes } from '../source/planes.ts';
import { Program } from './program.ts';
import { Random } from './random.ts';
import { regionAt } from './region.ts';
import { workloads } from './registry.ts';
import { Settings } from './settings.ts';
import type { WorkloadClass } from './workload.ts';

type Run = { program: Program; step: () => [number, number][] };

/** Starts a workload; `step` takes a step and returns the pages that it wrote. */
function start(
  type: WorkloadClass,
  seed = 1,
  given: Record<string, number> = {},
  thp: 'madvise' | 'never' = 'madvise',
): Run {
  const program = new Program(new Machine({ thp }), new Random(seed));
  const workload = new type(program, Settings.of(type.parameters, given));
  const { process, machine } = program;
  const clear = (): void =>
    void softDirty(process.mm, { op: 'CLEAR', page: 0, pages: machine.memory.taskPages, vecLen: 0 });
  clear();
  return {
    program,
    step() {
      workload.step();
      const tiles = new TileSet();
      readPlanes(process.mm, tiles, false);
      clear();
      return tiles.runs(Plane.Written);
    },
  };
}

const count = (runs: [number, number][]): number => runs.reduce((sum, [from, to]) => sum + to - from, 0);

describe.each(workloads.map((type) => [type.id, type] as const))('workload %s', (_id, type) => {
  it('does the same for the same seed, and something else for another', () => {
    const [a, b, c] = [start(type, 7), start(type, 7), start(type, 8)];
    let other = false;
    for (let i = 0; i < 120; i++) {
      const runs = a.step();
      expect(b.step()).toEqual(runs);
      other ||= JSON.stringify(c.step()) !== JSON.stringify(runs);
    }
    expect(other).toBe(true);
  });

  it('writes in every step, and a bounded amount', () => {
    const { step } = start(type);
    for (let i = 0; i < 400; i++) {
      const written = count(step());
      expect(written).toBeGreaterThan(0);
      expect(written).toBeLessThan(20_000);
    }
  });

  it('writes only where it has mapped something', () => {
    const { program, step } = start(type);
    const elsewhere: number[] = [];
    for (let i = 0; i < 100; i++) {
      for (const [from, to] of step()) {
        for (let page = from; page < to; page++)
          if (regionAt(program.regions, page) === null) elsewhere.push(page);
      }
    }
    expect(elsewhere).toEqual([]);
  });

  it('runs with every parameter at its minimum and at its maximum', () => {
    for (const end of ['min', 'max'] as const) {
      const extreme: Record<string, number> = {};
      for (const parameter of type.parameters) {
        if (parameter.type === 'number') extreme[parameter.name] = parameter[end];
      }
      const { step } = start(type, 3, extreme);
      for (let i = 0; i < 30; i++) step();
    }
  });

  it('runs if huge pages are switched off', () => {
    const { step } = start(type, 5, {}, 'never');
    for (let i = 0; i < 200; i++) step();
  });

  it('has parameters that agree with their own limits and with the machine', () => {
    Settings.of(type.parameters, {});
    const names = [...type.parameters, ...MACHINE_PARAMETERS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(type.description.length).toBeGreaterThan(40);
  });
});
