import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

/** Steps from one split of a huge page to the attempt to collapse it again. */
const SPLIT_FOR = 48;

/**
 * An allocator over huge pages. Its arena asks for them (MADV_HUGEPAGE), and its first write to 2 MiB makes all of it
 * present and dirty at once. Freeing a few pages inside one, or changing their rights, splits it; later it is
 * collapsed again. Nothing of this if the machine's huge pages are switched off.
 */
export class HugePages implements Workload {
  static readonly id = 'huge-pages';
  static readonly name = 'Huge pages';
  static readonly description =
    'An arena of huge pages: one write dirties 2 MiB; returning a few pages or changing rights splits one; later it is collapsed again.';
  static readonly parameters = [
    wholeNumber('arena', 'Arena', 'huge pages', { min: 2, max: 512, default: 32 }),
    wholeNumber('writes', 'Pages written per step', '', { min: 1, max: 256, default: 8 }),
    wholeNumber('splits', 'Steps between splits', '', { min: 1, max: 1000, default: 12 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly arena: Region;
  private readonly count: number;
  private readonly writes: number;
  private readonly interval: number;
  private stepNumber = 0;
  /** Huge pages in use; the arena is filled from its start. */
  private used = 0;
  /** What was split and when, oldest first. */
  private readonly splits: { tile: number; guarded: boolean; step: number }[] = [];

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/bin/hugin', 40);
    this.count = settings.number('arena');
    this.writes = settings.number('writes');
    this.interval = settings.number('splits');
    this.arena = program.map('[anon:arena]', this.count * PAGES_PER_TILE, { huge: true });
  }

  step(): void {
    const { program, image } = this;
    program.write(image.stack, image.stack.pages - 2, 2);
    if (this.used < this.count && this.stepNumber % 4 === 0) {
      program.write(this.arena, this.used * PAGES_PER_TILE + program.random.below(PAGES_PER_TILE));
      this.used++;
    }
    for (let i = 0; i < this.writes; i++) this.writeSomewhere();
    if (this.stepNumber % this.interval === this.interval - 1) this.split();
    this.makeWhole();
    this.stepNumber++;
  }

  private writeSomewhere(): void {
    const { random } = this.program;
    const tile = random.below(this.used);
    const inTile = random.below(PAGES_PER_TILE);
    // The guarded part of a split page is the first 16.
    const guarded = this.splits.some((split) => split.tile === tile && split.guarded);
    this.program.write(this.arena, tile * PAGES_PER_TILE + (guarded ? Math.max(16, inTile) : inTile));
  }

  private split(): void {
    const { program, arena } = this;
    const tile = program.random.below(this.used);
    if (this.splits.some((split) => split.tile === tile)) return;
    const guarded = program.random.chance(1 / 2);
    const first = tile * PAGES_PER_TILE;
    if (guarded) program.protect(arena, first, 16, VM_READ);
    else program.advise(arena, first + 16 * program.random.below(31), 16, 'dontneed');
    this.splits.push({ tile, guarded, step: this.stepNumber });
  }

  private makeWhole(): void {
    const [oldest] = this.splits;
    if (oldest === undefined || this.stepNumber - oldest.step < SPLIT_FOR) return;
    this.splits.shift();
    const first = oldest.tile * PAGES_PER_TILE;
    if (oldest.guarded) this.program.protect(this.arena, first, 16, VM_READ | VM_WRITE);
    // Refused where huge pages are off; the small pages stay then.
    this.program.tryAdvise(this.arena, first, PAGES_PER_TILE, 'collapse');
  }
}
