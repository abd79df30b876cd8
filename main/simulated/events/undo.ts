import { writeEntry } from '../mapping/entries.ts';
import type { MachineEvent } from './events.ts';
import type { Machine } from '../machine.ts';
import { restoreTile, Tile, type PmdState } from '../mm/tile.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';

/** Takes back what `events` tell, last first: the machine is as it was before the first of them. */
export function undoEvents(machine: Machine, events: readonly MachineEvent[]): void {
  machine.journal.silently(() => {
    for (let at = events.length - 1; at >= 0; at--) undoEvent(machine, events[at]);
  });
  machine.populated = countPopulated(machine);
}

function undoEvent(machine: Machine, event: MachineEvent): void {
  switch (event.type) {
    case 'vmas':
      machine.processes[event.process].vmas.replace(
        event.index,
        event.after.length,
        event.before,
        event.change,
      );
      return;
    case 'entry': {
      const tile = machine.processes[event.process].table.ensure(event.page);
      writeEntry(tile, event.page - tile.base, event.before);
      return;
    }
    case 'entries':
      restoreTile(machine.processes[event.process].table.ensure(event.page), event.before);
      return;
    case 'pmd':
      setPmd(machine, event.process, event.page, event.before);
      return;
    case 'directory':
      undoDirectory(machine, event.process, event.page, event.level, event.before);
      return;
    case 'table-moved':
      machine.processes[event.process].table.moveTable(event.level, event.after, event.before);
      return;
    case 'frame':
      machine.frames.undoAdd(event.frame, event.before.mapped, event.before.swapped);
      return;
    case 'frame-block':
      machine.frames.undoBlock(event.after, event.fresh, event.block);
      return;
    case 'cache':
      event.object.put(event.pgoff, event.before.cached, event.before.mapped);
      return;
    case 'cache-huge':
      event.object.putHuge(event.pgoff, event.before);
      return;
    case 'object-size':
      event.object.size = event.before;
      return;
    case 'object-made':
      machine.objects--;
      return;
    case 'anon-vma-made':
      machine.anonVmas--;
      return;
    case 'brk':
      machine.processes[event.process].brk = event.before;
      return;
    case 'process-made':
      machine.processes.pop();
      return;
    case 'process-ended':
      machine.processes[event.process].alive = true;
      return;
    case 'access':
    case 'fault':
    case 'call':
    case 'return':
    case 'defect':
      return;
  }
}

function setPmd(machine: Machine, process: number, page: number, state: PmdState): void {
  const { table } = machine.processes[process];
  const known = table.find(page);
  if (state === null) {
    if (known !== null) table.remove(known, 'table-freed');
    return;
  }
  const tile = known ?? new Tile(page);
  if (known === null) table.install(tile, 'table-made');
  if (state.kind === 'table') {
    restoreTile(tile, state.table);
    return;
  }
  tile.reset(state.flags);
  tile.frameBase = state.frameBase;
  tile.frames = state.frames?.slice() ?? null;
  tile.pins = state.pins.length === 0 ? null : new Map(state.pins);
}

function undoDirectory(
  machine: Machine,
  process: number,
  page: number,
  level: number,
  existed: boolean,
): void {
  const { table } = machine.processes[process];
  if (existed) {
    table.ensureDirectory(page, level);
    return;
  }
  const directory = table.directory(page, level);
  if (directory !== null) table.removeDirectory(directory);
}

/** Entries that are not none, counted. */
export function countPopulated(machine: Machine): number {
  let pages = 0;
  for (const { table } of machine.processes) {
    for (let tile = table.next(0, Infinity); tile !== null; tile = table.next(tile.end, Infinity)) {
      if (tile.huge !== 0) pages += PAGES_PER_TILE;
      else for (let index = 0; index < PAGES_PER_TILE; index++) if (tile.entry(index) !== 0) pages++;
    }
  }
  return pages;
}
