import { describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Machine } from '../machine.ts';
import { VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import { workloads } from '../workloads/registry.ts';
import { openSimulated } from './open.ts';
import { PageEvents } from './page-events.ts';

const RW = VM_READ | VM_WRITE;
const START = 1024;

function watched(options: ConstructorParameters<typeof Machine>[0] = {}, pages = 4) {
  const machine = new Machine(options);
  const { init } = machine;
  init.mmap({ page: START, pages, rights: RW, kind: 'anon-private' });
  const events = new PageEvents(init.mm, machine.events);
  return { machine, init, events, lines: (page = START + 1) => events.of(page).map(line) };
}
const line = ({ number, cause, effect, bit }: ReturnType<PageEvents['of']>[number]): string =>
  `${number} ${cause} | ${effect} | ${bit}`;

describe('events of a page while it is inspected', () => {
  it('its first write, a clear, the write after it', () => {
    const { init, lines } = watched();
    expect(lines()).toEqual([]);
    init.write(START + 1);
    init.write(START);
    init.clearRefs();
    init.write(START + 1);
    init.write(START + 1);
    expect(lines()).toEqual([
      '1 Write of this page: fault, new page | P 0 → 1, RW 0 → 1, SD 0 → 1 | set',
      '2 clear_refs() | the VMA changed: VM_SOFTDIRTY 1 → 0 | cleared',
      '3 clear_refs() | RW 1 → 0, SD 1 → 0 | cleared',
      '4 Write of this page: fault, reuse | RW 0 → 1, SD 0 → 1 | set',
    ]);
  });

  it('a write of another page of its huge page', () => {
    const { init, lines } = watched({ thp: 'always' }, 512);
    init.write(START + 7);
    init.clearRefs();
    expect(lines(START + 1)).toEqual([]);
    init.write(START + 7);
    expect(lines(START + 1)).toEqual([
      '1 Write of 0x407000, in the same huge page: fault, huge reuse | huge page; RW 0 → 1, SD 0 → 1 | set',
    ]);
    init.mprotect(START, 256, VM_READ);
    expect(lines(START + 1)[1]).toMatch(/^2 mprotect\(\) \| the huge page was split into 512 entries/);
  });

  it('mremap moves it here, and its bit is set', () => {
    const { init, lines } = watched();
    init.write(START, 4);
    init.clearRefs();
    expect(lines(4096 + 1)).toEqual([]);
    init.mremap({ page: START, pages: 4, newPages: 4, newPage: 4096 });
    const events = lines(4096 + 1);
    expect(events.some((one) => /mremap\(\) \| .*SD 0 → 1.*\| set$/.test(one))).toBe(true);
  });

  it('stops listening when it is not read for 40 samples, and keeps the last 24 events', () => {
    const { machine, init, events } = watched();
    events.of(START);
    expect(machine.events.active).toBe(true);
    for (let i = 0; i < 30; i++) {
      init.write(START);
      init.clearRefs();
    }
    const kept = events.of(START);
    expect(kept.length).toBe(24);
    expect(kept.at(-1)?.bit).toBe('cleared');
    expect(kept[0].number).toBe(kept[23].number - 23);
    for (let i = 0; i < 41; i++) events.sampled();
    expect(machine.events.active).toBe(false);
    expect(events.of(START)).toEqual([]);
    events.close();
    expect(machine.events.active).toBe(false);
  });

  it.each(workloads.map(({ id }) => id))('changes nothing of what %s does', async (workload) => {
    const run = async (inspect: boolean) => {
      const source = await openSimulated({ workload, parameters: {}, seed: 7 }, () => 0);
      const tiles = new TileSet();
      const { vmas } = await source.sample({ mode: 'hold', tiles, state: true });
      const pages = vmas.filter((vma) => vma.tracked && vma.write).map(({ start }) => start);
      for (let step = 0; step < 24; step++) {
        await source.control('step');
        if (inspect) await source.walk(pages[step % pages.length]);
      }
      const after = new TileSet();
      const { vmas: last } = await source.sample({ mode: 'hold', tiles: after, state: true });
      return { vmas: last, planes: Object.values(Plane).map((plane) => after.runs(plane)) };
    };
    expect(await run(true)).toEqual(await run(false));
  });
});
