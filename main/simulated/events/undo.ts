import { popcount } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { writeEntry } from '../mm/entry.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { Memory } from '../mm/memory.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { MachineEmitter } from './emitter.ts';
import {
  AT_GUARD,
  AT_PRESENT,
  AT_SWAP,
  AT_UFFD_WP,
  restoreTile,
  Tile,
  type PmdState,
  type TileState,
} from '../mm/tile.ts';

/** What the events of a machine change; a Machine has it. */
export interface UndoTarget {
  readonly events: MachineEmitter;
  readonly memory: Memory;
  readonly mms: MmStruct[];
}

/** Address spaces whose `process-made` event was reverted: others refer to the object, so redoing the event restores it. */
const reverted = new WeakMap<MachineEvent, MmStruct>();

/** Reverts `events`, last first: the machine is then in the state before the first of them. */
export function undoEvents(machine: UndoTarget, events: readonly MachineEvent[]): void {
  machine.events.suspend(() => {
    for (let at = events.length - 1; at >= 0; at--) {
      const event = events[at];
      if (event.type === 'process-made') reverted.set(event, machine.mms[machine.mms.length - 1]);
      apply(machine, event, 'before', 'after');
      machine.memory.populated -= populatedBy(event);
    }
  });
}

/** Repeats `events`, which were reverted, in their order. */
export function redoEvents(machine: UndoTarget, events: readonly MachineEvent[]): void {
  machine.events.suspend(() => {
    for (const event of events) {
      apply(machine, event, 'after', 'before');
      machine.memory.populated += populatedBy(event);
    }
  });
}

type Side = 'before' | 'after';

/** Sets what `event` changed to its value on side `to`; it has that of side `from`. */
function apply(machine: UndoTarget, event: MachineEvent, to: Side, from: Side): void {
  const { memory, mms } = machine;
  const forward = to === 'after';
  switch (event.type) {
    case 'vmas':
      mms[event.process].vmas.replace(event.index, event[from].length, event[to], event.change);
      return;
    case 'entry': {
      const tile = mms[event.process].table.ensure(event.page);
      writeEntry(tile, event.page - tile.base, event[to]);
      return;
    }
    case 'entries':
      restoreTile(mms[event.process].table.ensure(event.page), event[to]);
      return;
    case 'pmd':
      setPmd(machine, event.process, event.page, event[to]);
      return;
    case 'directory':
      setDirectory(machine, event.process, event.page, event.level, event[to]);
      return;
    case 'table-moved':
      mms[event.process].table.moveTable(event.level, event[from], event[to]);
      return;
    case 'tlb':
      mms[event.process].tlb.restore(event[to]);
      return;
    case 'frame':
      memory.frames.restore(event.frame, event[to].mapped, event[to].swapped);
      return;
    case 'frame-block':
      if (forward) memory.frames.redoBlock(event.after, event.fresh, event.block);
      else memory.frames.undoBlock(event.after, event.fresh, event.block);
      return;
    case 'cache':
      event.object.put(event.pgoff, event[to].cached, event[to].mapped);
      return;
    case 'cache-huge':
      event.object.putHuge(event.pgoff, event[to]);
      return;
    case 'object-size':
      event.object.size = event[to];
      return;
    case 'object-made':
      memory.objects += forward ? 1 : -1;
      return;
    case 'anon-vma-made':
      memory.anonVmas += forward ? 1 : -1;
      return;
    case 'brk':
      mms[event.process].brk = event[to];
      return;
    case 'process-made': {
      const mm = reverted.get(event);
      if (!forward) mms.pop();
      else if (mm !== undefined) mms.push(mm);
      return;
    }
    case 'process-ended':
      mms[event.process].alive = !forward;
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

function setDirectory(
  machine: UndoTarget,
  process: number,
  page: number,
  level: number,
  exists: boolean,
): void {
  const { table } = machine.mms[process];
  if (exists) {
    table.ensureDirectory(page, level);
    return;
  }
  const directory = table.directory(page, level);
  if (directory !== null) table.removeDirectory(directory);
}

/** By how much an event changed Memory.populated. */
function populatedBy(event: MachineEvent): number {
  switch (event.type) {
    case 'entry':
      return (event.after.flags === 0 ? 0 : 1) - (event.before.flags === 0 ? 0 : 1);
    case 'entries':
      return usedEntries(event.after) - usedEntries(event.before);
    case 'pmd':
      return pmdPages(event.after) - pmdPages(event.before);
    default:
      return 0;
  }
}

function pmdPages(state: PmdState): number {
  if (state === null) return 0;
  return state.kind === 'huge' ? PAGES_PER_TILE : usedEntries(state.table);
}

/** Entries of a table that are not none. */
function usedEntries({ words }: TileState): number {
  let used = 0;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    used += popcount(
      (words[AT_PRESENT + word] |
        words[AT_SWAP + word] |
        words[AT_GUARD + word] |
        words[AT_UFFD_WP + word]) >>>
        0,
    );
  }
  return used;
}
