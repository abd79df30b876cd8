import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

/** Pages of one texture: 512 × 512 texels of 4 bytes. */
const TEXTURE_PAGES = 256;
/** Pages of a texture that a step reads from disk. */
const STREAM_PAGES = 32;
/** Entities share a page; a step moves those of this many pages around the player. */
const NEIGHBOURHOOD = 24;
const MIB_PAGES = 256;

/**
 * A game: one step is one frame. The player walks through the world and the entities near it move (positions every
 * frame, behaviour every eighth); draw commands go through an upload ring, front to back and around; occasionally a
 * texture is thrown out and another one read in, over several frames.
 */
export class GameLoop implements Workload {
  static readonly id = 'game-loop';
  static readonly name = 'Game loop';
  static readonly description =
    'Entities near the player move every frame, an upload ring is filled front to back, textures stream in and out.';
  static readonly parameters = [
    wholeNumber('entities', 'Entities', 'thousand', { min: 1, max: 1000, default: 64 }),
    wholeNumber('textures', 'Texture memory', 'MiB', { min: 8, max: 1024, step: 8, default: 64 }),
    wholeNumber('ring', 'Upload ring', 'MiB', { min: 1, max: 64, default: 4 }),
    wholeNumber('upload', 'Upload per frame', 'KiB', { min: 4, max: 1024, step: 4, default: 128 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  /** 64 bytes an entity: position, velocity. */
  private readonly positions: Region;
  /** 256 bytes an entity: state of its behaviour. */
  private readonly behaviour: Region;
  private readonly textures: Region;
  private readonly ring: Region;
  private readonly uploadPages: number;
  private frame = 0;
  /** Place in the world, 0 … 1, and on the ring. */
  private player = 0.5;
  private ringPage = 0;
  private streaming: { texture: number; done: number } | null = null;

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/games/skerry', 64);
    const entities = settings.number('entities') * 1000;
    this.positions = program.map('[anon:entity positions]', Math.ceil(entities / 64));
    this.behaviour = program.map('[anon:entity behaviour]', Math.ceil(entities / 16));
    this.textures = program.map('[anon:textures]', settings.number('textures') * MIB_PAGES);
    this.ring = program.map('[anon_shmem:upload ring]', settings.number('ring') * MIB_PAGES, {
      kind: 'anon-shared',
    });
    this.uploadPages = Math.min(this.ring.pages, settings.number('upload') / 4);
    program.write(this.positions, 0, this.positions.pages);
    program.write(this.behaviour, 0, this.behaviour.pages);
  }

  step(): void {
    const { program, image } = this;
    program.write(image.stack, image.stack.pages - 2, 2);
    program.write(image.data, 0);
    // Strings and closures of the scripts: short-lived, so the same few pages again and again.
    for (let i = 0; i < 6; i++) program.write(image.heap, program.random.skewed(image.heap.pages, 3));
    this.move();
    this.upload();
    this.stream();
    this.frame++;
  }

  private move(): void {
    const { random } = this.program;
    this.player = Math.min(1, Math.max(0, this.player + (random.fraction() - 0.5) / 32));
    this.writeAround(this.positions, NEIGHBOURHOOD);
    // Projectiles and such, anywhere.
    for (let i = 0; i < 4; i++) this.program.write(this.positions, random.below(this.positions.pages));
    if (this.frame % 8 === 0) this.writeAround(this.behaviour, NEIGHBOURHOOD * 4);
  }

  private writeAround(region: Region, pages: number): void {
    const count = Math.min(pages, region.pages);
    this.program.write(region, Math.floor(this.player * (region.pages - count)), count);
  }

  /** Write-combined memory: each page is written whole and once, in order. */
  private upload(): void {
    for (let left = this.uploadPages; left > 0;) {
      const pages = Math.min(left, this.ring.pages - this.ringPage);
      this.program.write(this.ring, this.ringPage, pages);
      this.ringPage = (this.ringPage + pages) % this.ring.pages;
      left -= pages;
    }
  }

  private stream(): void {
    const { program, textures } = this;
    if (this.streaming === null) {
      if (!program.random.chance(1 / 24)) return;
      const texture = program.random.below(Math.floor(textures.pages / TEXTURE_PAGES));
      program.advise(textures, texture * TEXTURE_PAGES, TEXTURE_PAGES, 'dontneed');
      this.streaming = { texture, done: 0 };
    }
    const { texture, done } = this.streaming;
    program.write(textures, texture * TEXTURE_PAGES + done, STREAM_PAGES);
    this.streaming = done + STREAM_PAGES < TEXTURE_PAGES ? { texture, done: done + STREAM_PAGES } : null;
  }
}
