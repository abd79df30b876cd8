import { PAGE_SIZE, USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import type { MachineEvents } from './events.ts';
import { Frames } from './frames.ts';
import { MemoryObject, type ObjectKind } from './memory-object.ts';
import type { MachineOptions } from './options.ts';
import type { AnonVma } from './vma.ts';

/** What all address spaces of a machine share: options, physical pages, files, and the numbers given out. */
export class Memory {
  options: MachineOptions;
  readonly frames: Frames;
  /** Entries that are not none, of all address spaces; a huge page counts 512. */
  populated = 0;
  /** Numbers given out so far. */
  anonVmas = 0;
  objects = 0;
  private readonly events: MachineEvents;
  /** Created when it is first mapped. */
  private memfd: MemoryObject | null = null;

  constructor(options: MachineOptions, events: MachineEvents) {
    this.options = options;
    this.events = events;
    this.frames = new Frames(events);
  }

  /** Pages of user address space: TASK_SIZE. */
  get taskPages(): number {
    return this.options.la57 ? USER_PAGES_5_LEVEL : USER_PAGES_4_LEVEL;
  }

  /** fault_around_bytes in pages, at least 1. */
  get faultAroundPages(): number {
    return Math.max(1, Math.floor(this.options.faultAround / PAGE_SIZE));
  }

  /** Whether `pages` more may be populated. */
  hasRoom(pages: number): boolean {
    return this.populated + pages <= this.options.memoryPages;
  }

  newAnonVma(): AnonVma {
    const id = ++this.anonVmas;
    if (this.events.active) this.events.emit({ type: 'anon-vma-made', id });
    return { id };
  }

  /** `size` in pages; Infinity for a file without an end. */
  newObject(kind: ObjectKind, size: number): MemoryObject {
    const id = ++this.objects;
    if (this.events.active) this.events.emit({ type: 'object-made', id });
    return new MemoryObject(id, kind, size, this.events);
  }

  /** The machine's one memfd, which all `file-private` and `file-shared` mappings map. */
  get file(): MemoryObject {
    this.memfd ??= new MemoryObject(0, 'file', Infinity, this.events);
    return this.memfd;
  }
}
