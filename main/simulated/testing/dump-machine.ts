import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { entryState } from '../mm/entry.ts';
import type { Machine } from '../machine.ts';
import type { MemoryObject } from '../mm/memory-object.ts';
import { Directory } from '../mm/page-table.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { AT_EXCLUSIVE, AT_FILE, AT_PRESENT, AT_SWAP, AT_ZERO, type Tile } from '../mm/tile.ts';
import type { Vma } from '../mm/vma.ts';

/** The whole state of a machine as text: equal texts, equal machines. The entries of a page table are in it as a digest. */
export function dumpMachine(machine: Machine): string {
  const objects = new Map<number, MemoryObject>();
  for (const process of machine.mms) {
    for (const { object } of process.vmas.all()) if (object !== null) objects.set(object.id, object);
  }
  return JSON.stringify({
    processes: machine.mms.map(dumpProcess),
    frames: machine.memory.frames.dump(),
    objects: [...objects.values()]
      .sort((a, b) => a.id - b.id)
      .map((object) => ({ id: object.id, size: object.size, pages: object.dump() })),
    file: machine.memory.file.dump(),
    fileSize: machine.memory.file.size,
    counters: [machine.memory.anonVmas, machine.memory.objects, machine.memory.populated],
  });
}

function dumpProcess(process: MmStruct): unknown {
  return {
    id: process.id,
    parent: process.parent?.id ?? null,
    alive: process.alive,
    brk: process.brk,
    vmas: process.vmas.all().map(dumpVma),
    table: dumpDirectory(process.table.root),
  };
}

function dumpVma(vma: Vma): unknown {
  const { start, end, flags, prot, pgoff, object, anonVma, chain } = vma;
  return [start, end, flags, prot, pgoff, object?.id ?? null, anonVma?.id ?? null, chain.map(({ id }) => id)];
}

function dumpDirectory(directory: Directory): unknown {
  const children: unknown[] = [];
  const { length } = directory.children;
  for (let index = directory.next(0, length); index >= 0; index = directory.next(index + 1, length)) {
    const child = directory.children[index];
    if (child instanceof Directory) children.push([index, dumpDirectory(child)]);
    else if (child !== null) children.push([index, dumpTile(child)]);
  }
  return { level: directory.level, base: directory.base, count: directory.count, children };
}

function dumpTile(tile: Tile): unknown {
  if (tile.huge !== 0)
    return { base: tile.base, huge: tile.huge, first: entryState(tile, 0), pins: pinsOf(tile) };
  return { base: tile.base, words: digest(tile.words), frames: framesOf(tile), pins: pinsOf(tile) };
}

/** Frames of the entries that have one (`hasFrame`), as runs of consecutive ones: first entry, first frame, entries. */
function framesOf(tile: Tile): number[] {
  const runs: number[] = [];
  if (tile.frameBase === 0 && tile.frames === null) return runs;
  const { words } = tile;
  let end = -1;
  let next = -1;
  for (let word = 0; word < WORDS_PER_TILE; word++) {
    let rest =
      (words[AT_PRESENT + word] | words[AT_SWAP + word]) &
      ~(words[AT_EXCLUSIVE + word] | words[AT_ZERO + word] | words[AT_FILE + word]);
    for (; rest !== 0; rest &= rest - 1) {
      const index = word * 32 + 31 - Math.clz32(rest & -rest);
      const frame = tile.frame(index);
      if (index === end && frame === next) runs[runs.length - 1]++;
      else runs.push(index, frame, 1);
      end = index + 1;
      next = frame + 1;
    }
  }
  return runs;
}

/** The words of a tile in 64 bits: two different ones have different digests, but for one case in 2^64. */
function digest(words: Uint32Array): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193) ^ (a >>> 15);
    b = Math.imul(b ^ (word >>> 16) ^ (word << 16), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)} ${(b >>> 0).toString(16)}`;
}

function pinsOf(tile: Tile): unknown {
  return [...(tile.pins ?? [])].sort((a, b) => a[0] - b[0]);
}
