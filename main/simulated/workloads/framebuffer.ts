import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const BYTES_PER_PIXEL = 4;
const PAGE = 4096;
const CURSOR = 24;

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A display server that draws into shared memory. Windows are separate surfaces; each step copies the damaged
 * rectangles, row after row, to the framebuffer: a film that plays, a terminal that scrolls, a cursor that moves, occasionally a window that is dragged.
 */
export class Framebuffer implements Workload {
  static readonly id = 'framebuffer';
  static readonly name = 'Framebuffer with damage';
  static readonly description =
    'A display server copies damaged rectangles row by row: a film, a scrolling terminal, a cursor, a window that is dragged.';
  static readonly parameters = [
    wholeNumber('width', 'Width', 'pixels', { min: 320, max: 7680, default: 1920 }),
    wholeNumber('height', 'Height', 'pixels', { min: 240, max: 4320, default: 1080 }),
    wholeNumber('film', 'Frames of the film per step, in percent', '%', { min: 0, max: 100, default: 50 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly width: number;
  private readonly height: number;
  private readonly filmShare: number;
  private readonly screen: Region;
  private readonly film: Region;
  private readonly terminal: Region;
  private readonly filmArea: Rectangle;
  private readonly terminalArea: Rectangle;
  private cursor: Rectangle;
  private dragged: Rectangle;
  /** Remaining steps of the drag, and its direction. */
  private drag = { left: 0, dx: 0, dy: 0 };

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/bin/damascene', 80);
    this.width = settings.number('width');
    this.height = settings.number('height');
    this.filmShare = settings.number('film') / 100;
    const [w, h] = [this.width, this.height];
    this.filmArea = {
      x: Math.floor(w / 8),
      y: Math.floor(h / 8),
      width: Math.floor(w / 3),
      height: Math.floor(h / 3),
    };
    this.terminalArea = {
      x: Math.floor(w / 2),
      y: Math.floor(h / 2),
      width: Math.floor(w / 3),
      height: Math.floor(h / 3),
    };
    this.dragged = { x: 10, y: Math.floor(h / 2), width: Math.floor(w / 5), height: Math.floor(h / 5) };
    this.cursor = { x: Math.floor(w / 2), y: Math.floor(h / 2), width: CURSOR, height: CURSOR };
    this.screen = this.surface('framebuffer', { width: w, height: h });
    this.film = this.surface('film', this.filmArea);
    this.terminal = this.surface('terminal', this.terminalArea);
    this.draw({ x: 0, y: 0, width: w, height: h });
  }

  step(): void {
    const { program, image } = this;
    const { random } = program;
    program.write(image.stack, image.stack.pages - 2, 2);
    program.write(image.heap, random.skewed(image.heap.pages, 4));
    if (random.chance(this.filmShare)) {
      program.write(this.film, 0, this.film.pages);
      this.draw(this.filmArea);
    }
    if (random.chance(1 / 6)) {
      // A new line at the bottom: everything above moves up by one.
      program.write(this.terminal, 0, this.terminal.pages);
      this.draw(this.terminalArea);
    }
    this.moveCursor();
    this.moveWindow();
  }

  private moveCursor(): void {
    const { random } = this.program;
    const before = this.cursor;
    this.cursor = this.moved(before, random.below(41) - 20, random.below(41) - 20);
    this.draw(before);
    this.draw(this.cursor);
  }

  private moveWindow(): void {
    const { random } = this.program;
    if (this.drag.left === 0) {
      if (random.chance(1 / 90))
        this.drag = { left: 30, dx: random.below(25) - 12, dy: random.below(17) - 8 };
      return;
    }
    this.drag.left--;
    this.draw(this.dragged);
    this.dragged = this.moved(this.dragged, this.drag.dx, this.drag.dy);
    this.draw(this.dragged);
  }

  private moved(area: Rectangle, dx: number, dy: number): Rectangle {
    const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));
    const x = clamp(area.x + dx, this.width - area.width);
    return { ...area, x, y: clamp(area.y + dy, this.height - area.height) };
  }

  private surface(name: string, { width, height }: { width: number; height: number }): Region {
    const pages = Math.ceil((width * height * BYTES_PER_PIXEL) / PAGE);
    return this.program.map(`[anon_shmem:${name}]`, pages, { kind: 'anon-shared' });
  }

  /** Writes the rectangle's pixels, each row from its first to its last byte. */
  private draw({ x, y, width, height }: Rectangle): void {
    let written = -1;
    for (let row = y; row < y + height; row++) {
      const start = (row * this.width + x) * BYTES_PER_PIXEL;
      const first = Math.max(Math.floor(start / PAGE), written + 1);
      const last = Math.floor((start + width * BYTES_PER_PIXEL - 1) / PAGE);
      if (last < first) continue;
      this.program.write(this.screen, first, last - first + 1);
      written = last;
    }
  }
}
