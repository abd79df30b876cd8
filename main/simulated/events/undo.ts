import { writeEntry } from '../mm/entry.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { Memory } from '../mm/memory.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { MachineEmitter } from './emitter.ts';
import { restoreTile, Tile, type PmdState } from '../mm/tile.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';

/** What the events of a machine change; a Machine has it. */
export interface UndoTarget {
  readonly events: MachineEmitter;
  readonly memory: Memory;
  readonly mms: MmStruct[];
}

/** Reverts `events`, last first: the machine is then in the state before the first of them. */
export function undoEvents(machine: UndoTarget, events: readonly MachineEvent[]): void {
  machine.events.suspend(() => {
    for (let at = events.length - 1; at >= 0; at--) undoEvent(machine, events[at]);
  });
  machine.memory.populated = countPopulated(machine);
}

function undoEvent(machine: UndoTarget, event: MachineEvent): void {
  switch (event.type) {
    case 'vmas':
      machine.mms[event.process].vmas.replace(event.index, event.after.length, event.before, event.change);
      return;
    case 'entry': {
      const tile = machine.mms[event.process].table.ensure(event.page);
      writeEntry(tile, event.page - tile.base, event.before);
      return;
    }
    case 'entries':
      restoreTile(machine.mms[event.process].table.ensure(event.page), event.before);
      return;
    case 'pmd':
      setPmd(machine, event.process, event.page, event.before);
      return;
    case 'directory':
      undoDirectory(machine, event.process, event.page, event.level, event.before);
      return;
    case 'table-moved':
      machine.mms[event.process].table.moveTable(event.level, event.after, event.before);
      return;
    case 'frame':
      machine.memory.frames.undoAdd(event.frame, event.before.mapped, event.before.swapped);
      return;
    case 'frame-block':
      machine.memory.frames.undoBlock(event.after, event.fresh, event.block);
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
      machine.memory.objects--;
      return;
    case 'anon-vma-made':
      machine.memory.anonVmas--;
      return;
    case 'brk':
      machine.mms[event.process].brk = event.before;
      return;
    case 'process-made':
      machine.mms.pop();
      return;
    case 'process-ended':
      machine.mms[event.process].alive = true;
      return;
    case 'access':
    case 'fault':
    case 'call':
    case 'return':
    case 'defect':
      return;
  }
}

function setPmd(machine: UndoTarget, process: number, page: number, state: PmdState): void {
  const { table } = machine.mms[process];
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
  machine: UndoTarget,
  process: number,
  page: number,
  level: number,
  existed: boolean,
): void {
  const { table } = machine.mms[process];
  if (existed) {
    table.ensureDirectory(page, level);
    return;
  }
  const directory = table.directory(page, level);
  if (directory !== null) table.removeDirectory(directory);
}

/** The number of entries that are not none. */
export function countPopulated(machine: UndoTarget): number {
  let pages = 0;
  for (const { table } of machine.mms) {
    for (let tile = table.next(0, Infinity); tile !== null; tile = table.next(tile.end, Infinity)) {
      if (tile.huge !== 0) pages += PAGES_PER_TILE;
      else for (let index = 0; index < PAGES_PER_TILE; index++) if (tile.entry(index) !== 0) pages++;
    }
  }
  return pages;
}
