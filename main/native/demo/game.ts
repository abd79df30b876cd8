/**
 * What the demo program does with its memory: like a game, in pages. Deterministic by seed; independent of real
 * memory, so that a test can ask which pages a tick writes.
 */

import { AREAS } from '#shared/demo/game-areas.ts';

const VISIBLE_ENTITY_PAGES = 24;
const STREAM_PAGES = 24;
const PARTICLES = 12;
const TEXTURE_PAGES = 64;
/** A texture load begins once in this many ticks. */
const TEXTURE_CHANCE = 40;
/** A level change touches all entities. */
const LEVEL_TICKS = 400;

/** A run of pages: [first, pages], from the buffer's start. */
export type Run = readonly [start: number, pages: number];

/** mulberry32: a small generator with the same results on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Game {
  tick = 0;
  private readonly random: () => number;
  private player: number;
  private streamed = 0;
  /** The texture that is being loaded: next page and pages left. */
  private texture = { next: 0, left: 0 };

  constructor(seed: number) {
    this.random = generator(seed);
    this.player = this.below(AREAS.entities.pages);
  }

  /** Advances by one tick; returns the runs of pages that it writes, ascending, without overlap. */
  step(): Run[] {
    this.tick++;
    const pages = new Set<number>();
    const add = (start: number, count: number) => {
      for (let i = 0; i < count; i++) pages.add(start + i);
    };
    this.entities(add);
    add(AREAS.stream.start + this.streamed, STREAM_PAGES);
    this.streamed = (this.streamed + STREAM_PAGES) % (AREAS.stream.pages - STREAM_PAGES);
    this.loadTexture(add);
    for (let i = 0; i < PARTICLES; i++) add(AREAS.particles.start + this.below(AREAS.particles.pages), 1);
    return toRuns(pages);
  }

  private entities(add: (start: number, count: number) => void): void {
    const { start, pages } = AREAS.entities;
    if (this.tick % LEVEL_TICKS === 0) {
      this.player = this.below(pages);
      add(start, pages);
      return;
    }
    this.player = (this.player + pages + this.below(5) - 2) % pages;
    // Not every object nearby moves.
    for (let i = 0; i < VISIBLE_ENTITY_PAGES; i++) {
      if (this.random() < 0.7) add(start + ((this.player + i) % pages), 1);
    }
  }

  private loadTexture(add: (start: number, count: number) => void): void {
    const { start, pages } = AREAS.textures;
    if (this.texture.left === 0) {
      if (this.below(TEXTURE_CHANCE) !== 0) return;
      const size = TEXTURE_PAGES * (4 + this.below(12));
      this.texture = { next: this.below((pages - size) / TEXTURE_PAGES) * TEXTURE_PAGES, left: size };
    }
    add(start + this.texture.next, TEXTURE_PAGES);
    this.texture = { next: this.texture.next + TEXTURE_PAGES, left: this.texture.left - TEXTURE_PAGES };
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

function toRuns(pages: ReadonlySet<number>): Run[] {
  const runs: [number, number][] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === page) last[1]++;
    else runs.push([page, 1]);
  }
  return runs;
}
