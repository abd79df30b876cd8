import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const MIB_PAGES = 256;
/** Database pages of 8 KiB. */
const PAGES_PER_BLOCK = 2;
/** Descriptors of 64 bytes a block, in the order of the blocks. */
const BLOCKS_PER_DESCRIPTOR_PAGE = 64;
/** Blocks at the start of the pool that hold the roots of indexes: always read, hardly ever written. */
const ROOTS = 16;
/** Limit of the blocks that a checkpoint writes in one step. */
const MAX_FLUSHED_BLOCKS = 64;

/**
 * A database's buffer pool. Transactions read index roots, change rows in blocks of which few are hot, and append to
 * the write-ahead log; every few steps a checkpoint takes the dirty blocks in order, copies them to the data file
 * and marks their descriptors clean.
 */
export class Database implements Workload {
  static readonly id = 'database';
  static readonly name = 'Database buffer pool';
  static readonly description =
    'Transactions change scattered blocks, few of them hot, and append to a log; checkpoints sweep through what is dirty and write it to a mapped file.';
  static readonly parameters = [
    wholeNumber('pool', 'Buffer pool', 'MiB', { min: 8, max: 2048, step: 8, default: 128 }),
    wholeNumber('transactions', 'Transactions per step', '', { min: 1, max: 500, default: 12 }),
    wholeNumber('checkpoint', 'Steps between checkpoints', '', {
      min: 10,
      max: 10000,
      step: 10,
      default: 300,
    }),
    wholeNumber('skew', 'Hot blocks', '', { min: 1, max: 8, default: 3 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly pool: Region;
  private readonly descriptors: Region;
  private readonly log: Region;
  private readonly file: Region;
  private readonly blocks: number;
  private readonly transactions: number;
  private readonly interval: number;
  private readonly skew: number;
  private readonly dirty = new Set<number>();
  /** What the running checkpoint has still to write, ascending from `next`. */
  private checkpoint: { blocks: readonly number[]; next: number } | null = null;
  private stepNumber = 0;
  /** End of the log in bytes; it is used round and round. */
  private logEnd = 0;

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/lib/postgresql/bin/quarry', 96);
    const pages = settings.number('pool') * MIB_PAGES;
    this.blocks = pages / PAGES_PER_BLOCK;
    this.transactions = settings.number('transactions');
    this.interval = settings.number('checkpoint');
    this.skew = settings.number('skew');
    this.descriptors = program.map(
      '[anon_shmem:descriptors]',
      Math.ceil(this.blocks / BLOCKS_PER_DESCRIPTOR_PAGE),
      {
        kind: 'anon-shared',
      },
    );
    this.pool = program.map('[anon_shmem:buffer pool]', pages, { kind: 'anon-shared' });
    this.log = program.map('[anon_shmem:write-ahead log]', 4 * MIB_PAGES, { kind: 'anon-shared' });
    this.file = program.map('/var/lib/quarry/base/16384', pages, { kind: 'file-shared' });
    program.write(this.descriptors, 0, this.descriptors.pages);
    program.write(this.pool, 0, ROOTS * PAGES_PER_BLOCK);
  }

  step(): void {
    const { program, image } = this;
    program.write(image.stack, image.stack.pages - 4, 4);
    program.write(image.heap, program.random.below(image.heap.pages));
    for (let i = 0; i < this.transactions; i++) this.transaction();
    if (this.checkpoint !== null) this.flush(this.checkpoint);
    else if (this.stepNumber % this.interval === this.interval - 1) this.beginCheckpoint();
    this.stepNumber++;
  }

  private transaction(): void {
    const { program } = this;
    const { random } = program;
    program.read(this.pool, random.below(ROOTS) * PAGES_PER_BLOCK, PAGES_PER_BLOCK);
    const rows = 1 + random.below(3);
    for (let i = 0; i < rows; i++) {
      // Hot blocks are spread over the pool, as a hash table spreads them.
      const rank = random.skewed(this.blocks, this.skew);
      const block = (rank * 7919 + 4001) % this.blocks;
      // The row is in one half of the block; the header in its first page changes with it.
      program.write(this.pool, block * PAGES_PER_BLOCK, 1 + random.below(2));
      program.write(this.descriptors, Math.floor(block / BLOCKS_PER_DESCRIPTOR_PAGE));
      this.dirty.add(block);
    }
    this.append(200 + random.below(400 * rows));
  }

  private append(bytes: number): void {
    const first = Math.floor(this.logEnd / 4096);
    this.logEnd += bytes;
    const last = Math.floor((this.logEnd - 1) / 4096);
    for (let page = first; page <= last; page++) this.program.write(this.log, page % this.log.pages);
    this.logEnd %= this.log.pages * 4096;
  }

  private beginCheckpoint(): void {
    this.checkpoint = { blocks: [...this.dirty].sort((a, b) => a - b), next: 0 };
    this.dirty.clear();
  }

  private flush(checkpoint: { blocks: readonly number[]; next: number }): void {
    const { program } = this;
    const stop = Math.min(checkpoint.blocks.length, checkpoint.next + MAX_FLUSHED_BLOCKS);
    for (; checkpoint.next < stop; checkpoint.next++) {
      const block = checkpoint.blocks[checkpoint.next];
      program.read(this.pool, block * PAGES_PER_BLOCK, PAGES_PER_BLOCK);
      program.write(this.file, block * PAGES_PER_BLOCK, PAGES_PER_BLOCK);
      program.write(this.descriptors, Math.floor(block / BLOCKS_PER_DESCRIPTOR_PAGE));
    }
    if (stop === checkpoint.blocks.length) {
      this.append(64);
      this.checkpoint = null;
    }
  }
}
