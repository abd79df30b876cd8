import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const MIB_PAGES = 256;

/**
 * A key-value store in memory that saves itself as Redis does: fork(), and the child writes out the memory as of
 * the fork while the parent continues. Each first write of the parent to a page after the fork copies that page.
 */
export class ForkSave implements Workload {
  static readonly id = 'fork-save';
  static readonly name = 'Fork and copy on write';
  static readonly description =
    'A key-value store takes writes; now and then it forks, and while the child saves the dataset each first write to a page copies it.';
  static readonly parameters = [
    wholeNumber('dataset', 'Dataset', 'MiB', { min: 1, max: 65536, default: 128 }),
    wholeNumber('writes', 'Writes per step', '', { min: 1, max: 2000, default: 60 }),
    wholeNumber('interval', 'Steps between saves', '', { min: 10, max: 10000, step: 10, default: 240 }),
    wholeNumber('saving', 'Saved per step', 'MiB', { min: 1, max: 64, default: 1 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly dataset: Region;
  /** The dictionary's buckets: 8 bytes a key, some 64 keys a page of data. */
  private readonly buckets: Region;
  private readonly replies: Region;
  private readonly writes: number;
  private readonly interval: number;
  private readonly saving: number;
  private stepNumber = 0;
  private child: { program: Program; saved: number } | null = null;

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/bin/cellar-server', 48);
    const pages = settings.number('dataset') * MIB_PAGES;
    this.dataset = program.map('[anon:dataset]', pages);
    this.buckets = program.map('[anon:dictionary]', Math.ceil(pages / 8));
    this.replies = program.map('[anon:reply buffers]', 64);
    this.writes = settings.number('writes');
    this.interval = settings.number('interval');
    this.saving = settings.number('saving') * MIB_PAGES;
    program.write(this.dataset, 0, pages);
    program.write(this.buckets, 0, this.buckets.pages);
  }

  step(): void {
    const { program, image } = this;
    const { random } = program;
    program.write(image.stack, image.stack.pages - 2, 2);
    program.write(image.data, 0);
    for (let i = 0; i < this.writes; i++) {
      const page = random.skewed(this.dataset.pages, 2);
      program.write(this.dataset, page);
      // A new key is linked into its bucket; a changed value does not touch it.
      if (random.chance(1 / 5)) program.write(this.buckets, Math.floor(page / 8));
      program.write(this.replies, random.below(this.replies.pages));
    }
    if (this.child !== null) this.save(this.child);
    else if (this.stepNumber % this.interval === this.interval - 1) {
      this.child = { program: program.fork(), saved: 0 };
    }
    this.stepNumber++;
  }

  /** The child continues to read the dataset as of the fork, and exits at its end. */
  private save(child: { program: Program; saved: number }): void {
    const pages = Math.min(this.saving, this.dataset.pages - child.saved);
    child.program.read(this.dataset, child.saved, pages);
    child.program.write(this.image.stack, this.image.stack.pages - 2, 2);
    child.saved += pages;
    if (child.saved < this.dataset.pages) return;
    child.program.exit();
    this.child = null;
  }
}
