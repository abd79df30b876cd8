import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const MIB_PAGES = 256;
/** A card covers 512 bytes, so one page of cards covers 512 pages of objects. */
const PAGES_PER_CARD_PAGE = 512;
/** Share of the nursery that lives on after a collection, and of that what is old enough to be promoted. */
const SURVIVES = 1 / 12;
const PROMOTED = 1 / 2;
/** Old pages that a step of a full collection compacts. */
const COMPACTED = 64;

/**
 * A generational garbage collector. The mutator allocates by moving a pointer through the nursery, and stores pointers
 * into old objects, each store marking a card. A full nursery is evacuated to the other survivor space and the old
 * generation, and the cards are wiped; a full old generation is compacted step by step.
 */
export class GarbageCollector implements Workload {
  static readonly id = 'garbage-collector';
  static readonly name = 'Generational garbage collector';
  static readonly description =
    'A nursery is filled by a moving pointer, survivors are copied, old objects change under card marking, and now and then the old generation is compacted.';
  static readonly parameters = [
    wholeNumber('nursery', 'Nursery', 'MiB', { min: 1, max: 256, default: 16 }),
    wholeNumber('old', 'Old generation', 'MiB', { min: 8, max: 1024, step: 8, default: 128 }),
    wholeNumber('allocation', 'Allocation per step', 'KiB', { min: 4, max: 4096, step: 4, default: 512 }),
    wholeNumber('stores', 'Stores into old objects per step', '', { min: 0, max: 1000, default: 24 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly nursery: Region;
  private readonly survivors: readonly [Region, Region];
  private readonly old: Region;
  private readonly cards: Region;
  /** One bit for 16 bytes. */
  private readonly marks: Region;
  private readonly allocation: number;
  private readonly stores: number;
  /** Pages used in the nursery, the current survivor space and the old generation. */
  private allocated = 0;
  private survived = 0;
  private promoted = 0;
  private from: 0 | 1 = 0;
  private readonly dirtyCards = new Set<number>();
  /** How far a full collection is: old pages compacted so far; null while none runs. */
  private compacted: number | null = null;

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/bin/ledger-vm', 128);
    const nursery = settings.number('nursery') * MIB_PAGES;
    const old = settings.number('old') * MIB_PAGES;
    this.nursery = program.map('[anon:nursery]', nursery);
    const half = Math.ceil(nursery / 8);
    this.survivors = [program.map('[anon:survivors 0]', half), program.map('[anon:survivors 1]', half)];
    this.old = program.map('[anon:old generation]', old);
    this.cards = program.map('[anon:card table]', Math.ceil(old / PAGES_PER_CARD_PAGE));
    this.marks = program.map('[anon:mark bits]', Math.ceil(old / 128));
    this.allocation = Math.min(nursery, settings.number('allocation') / 4);
    this.stores = settings.number('stores');
    // The program's own data are old from the start.
    this.promote(Math.floor(old / 4));
  }

  step(): void {
    const { program, image } = this;
    program.write(image.stack, image.stack.pages - 3, 3);
    if (this.compacted !== null) return this.compact();
    if (this.allocated + this.allocation > this.nursery.pages) return this.evacuate();
    program.write(this.nursery, this.allocated, this.allocation);
    this.allocated += this.allocation;
    for (let i = 0; i < this.stores; i++) {
      // Recently promoted objects change most.
      const page = this.promoted - 1 - program.random.skewed(this.promoted, 4);
      program.write(this.old, page);
      this.markCard(page);
    }
  }

  private markCard(page: number): void {
    const card = Math.floor(page / PAGES_PER_CARD_PAGE);
    this.program.write(this.cards, card);
    this.dirtyCards.add(card);
  }

  /** A minor collection: what lives is copied to the other survivor space, what lived before is promoted. */
  private evacuate(): void {
    const { program } = this;
    const to = this.from === 0 ? 1 : 0;
    const space = this.survivors[to];
    program.read(this.survivors[this.from], 0, Math.max(1, this.survived));
    const promoted = Math.floor(this.survived * PROMOTED);
    const living = this.survived - promoted + Math.floor(this.allocated * SURVIVES);
    this.survived = Math.min(space.pages, living);
    if (this.survived > 0) program.write(space, 0, this.survived);
    this.from = to;
    this.allocated = 0;
    for (const card of this.dirtyCards) program.write(this.cards, card);
    this.dirtyCards.clear();
    if (this.promoted + promoted > this.old.pages * 0.9) this.compacted = 0;
    else if (promoted > 0) this.promote(promoted);
  }

  /** Objects are copied to the end of the old generation; they point to young ones, so their cards are marked. */
  private promote(pages: number): void {
    this.program.write(this.old, this.promoted, pages);
    for (let page = this.promoted; page < this.promoted + pages; page += PAGES_PER_CARD_PAGE)
      this.markCard(page);
    this.promoted += pages;
  }

  /** A step of mark-compact: marks are set, then objects slide down; at the end the free rest is given back. */
  private compact(): void {
    const { program, old } = this;
    const done = this.compacted ?? 0;
    const pages = Math.min(COMPACTED, this.promoted - done);
    program.read(old, done, pages);
    program.write(this.marks, Math.floor(done / 128));
    // Half of it lives: two pages become one.
    program.write(old, Math.floor(done / 2), Math.ceil(pages / 2));
    this.compacted = done + pages;
    if (this.compacted < this.promoted) return;
    this.compacted = null;
    this.promoted = Math.ceil(this.promoted / 2);
    program.advise(old, this.promoted, old.pages - this.promoted, 'dontneed');
    program.write(this.cards, 0, this.cards.pages);
  }
}
