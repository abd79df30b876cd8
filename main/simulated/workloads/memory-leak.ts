import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const MIB_PAGES = 256;
/** malloc() takes larger blocks straight from mmap(). */
const LARGE_PAGES = 32;
/** Pages that the heap grows by at a time: M_TOP_PAD of glibc, 128 KiB. */
const GROWTH = 32;

/**
 * A server that forgets to free. Requests take memory from the heap and give it back, all but a few; what is lost is
 * never touched again, and the heap's end moves up. Large blocks are mapped on their own, and some of these are lost too.
 * At its limit the server is restarted, as a watchdog would do.
 */
export class MemoryLeak implements Workload {
  static readonly id = 'memory-leak';
  static readonly name = 'Memory leak';
  static readonly description =
    'A server whose heap grows because some requests never give their memory back; lost pages are never written again.';
  static readonly parameters = [
    wholeNumber('requests', 'Requests per step', '', { min: 1, max: 200, default: 8 }),
    wholeNumber('leak', 'Requests that leak', '%', { min: 0, max: 100, default: 6 }),
    wholeNumber('limit', 'Restart at', 'MiB', { min: 8, max: 1024, step: 8, default: 96 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly requests: number;
  private readonly leak: number;
  private readonly limit: number;
  private readonly initialHeap = 64;
  /** Heap pages that are free to be used again, and the first that was never used. */
  private free: number[] = [];
  private top = 1;
  private readonly large: Region[] = [];

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/sbin/colander', this.initialHeap);
    this.requests = settings.number('requests');
    this.leak = settings.number('leak') / 100;
    this.limit = settings.number('limit') * MIB_PAGES;
  }

  step(): void {
    const { program, image } = this;
    program.write(image.stack, image.stack.pages - 4, 4);
    for (let i = 0; i < this.requests; i++) this.request();
    const lost = this.large.reduce((sum, region) => sum + region.pages, 0);
    if (image.heap.pages + lost > this.limit) this.restart();
  }

  private request(): void {
    const { program } = this;
    const { random } = program;
    const leaks = random.chance(this.leak);
    if (random.chance(1 / 50)) {
      const block = program.map('', LARGE_PAGES + random.below(LARGE_PAGES));
      program.write(block, 0, block.pages);
      if (leaks) this.large.push(block);
      else program.unmap(block);
      return;
    }
    const pages = Array.from({ length: 1 + random.below(4) }, () => this.allocate());
    for (const page of pages) program.write(this.image.heap, page);
    // A request frees what it took, the last first.
    if (!leaks) this.free.push(...pages.reverse());
  }

  private allocate(): number {
    const reused = this.free.pop();
    if (reused !== undefined) return reused;
    const { heap } = this.image;
    if (this.top === heap.pages) this.program.setHeap(heap, heap.pages + GROWTH);
    return this.top++;
  }

  private restart(): void {
    const { program, image } = this;
    for (const region of this.large.splice(0)) program.unmap(region);
    program.setHeap(image.heap, 0);
    program.setHeap(image.heap, this.initialHeap);
    program.write(image.heap, 0);
    this.free = [];
    this.top = 1;
  }
}
