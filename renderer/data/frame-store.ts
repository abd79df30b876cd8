import { FrameState } from '#shared/frame/apply.ts';
import { WRITE_PLANES } from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { lostRanges } from '#shared/memory/lost-ranges.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { findVma, type Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import type { ColourScale, PageColouring } from './page-colouring.ts';
import { ShownEvents } from './shown-events.ts';
import { TileTable } from './tile-table.ts';
import { replaceTimes, rewindTimes, setTimes, TimeStamper, wordAt } from './write-times.ts';

/** Notified after each frame. */
export interface FrameListener {
  /** @param tiles slots in `FrameStore.table` whose picture changed  @param vmas whether the VMAs changed */
  applied(tiles: readonly number[], vmas: boolean): void;
  /** Nothing known before holds: another source was opened. */
  reset(): void;
}

/**
 * The picture in the window: planes and VMAs as the engine's frames add up to, and the time each page was last
 * written. Lives outside React; stores hold numbers about it only.
 *
 * A page counts as written by its own entry: plane Written without Fresh. In mode interval its time is that of
 * the last sample in which it was, even if samples were merged. In mode hold it is not known when it was last written,
 * only that it was since the last clear: there is no age.
 */
export class FrameStore {
  readonly table = new TileTable();
  /** Touched, Hot and Gone as the map shows them. */
  readonly events = new ShownEvents();
  private colouring: PageColouring | null = null;
  private state = new FrameState();
  private readonly listeners = new Set<FrameListener>();
  /** When the last frame was applied, by performance.now(). */
  private appliedAt = 0;
  /** performance.now() when the engine's clock began, from the delivery that took the least time. */
  private epoch = Infinity;
  /** Slots of which the last frame of mode interval had events. */
  private passing: number[] = [];
  private writtenAt = -Infinity;
  private readonly stamper = new TimeStamper(this.table);
  /** Time does not advance: sampling is paused or the source is closed. */
  frozen = false;
  /** Frames come from a recording. */
  recorded = false;
  /** The frames' time may go back, and the picture stays the same source's. */
  rewinds = false;
  /** How fast time goes by: the speed of a playback. */
  rate = 1;
  merged = 0;
  scanNs = 0;

  get vmas(): readonly Vma[] {
    return this.state.vmas;
  }
  get sequence(): number {
    return this.state.sequence;
  }
  get mode(): SampleMode {
    return this.state.mode;
  }
  /** Engine time of the last frame in ms. */
  get time(): number {
    return this.state.time;
  }
  get writtenPages(): number {
    return this.state.writtenPages;
  }
  get tiles(): FrameState['tiles'] {
    return this.state.tiles;
  }

  /** Engine time in ms of the last frame that showed a page as newly written; -Infinity: none since the source was opened. */
  get lastWrite(): number {
    return this.writtenAt;
  }

  /** @returns a function that removes the listener */
  listen(listener: FrameListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Engine time now, in ms: a frame that was delivered or painted late does not set it back. */
  now(clock = performance.now()): number {
    if (this.frozen || this.sequence < 0) return this.time;
    if (this.recorded) return this.time + Math.max(0, clock - this.appliedAt) * this.rate;
    return Math.max(this.time, clock - this.epoch);
  }

  /** The time for which the map is drawn: in mode hold nothing grows older, all that is written looks alike. */
  mapTime(clock: number): number {
    if (this.colouring) return this.colouring.now;
    return this.mode === 'hold' ? 0 : this.now(clock);
  }

  /** What the map's ramp means; null: ages. */
  get mapScale(): ColourScale | null {
    return this.colouring?.scale ?? null;
  }

  /** Whether the map shows plane Written alone: pages have no times. */
  get isMapHeld(): boolean {
    return this.mode === 'hold' && this.colouring === null;
  }

  /** Whether pages on the map look older as time goes by. */
  get isMapAgeing(): boolean {
    return this.mode === 'interval' && this.colouring === null && !this.frozen;
  }

  /** The times of a slot's pages by which the map colours them; null: none has one. */
  mapTimes(slot: number): Uint32Array | null {
    return this.colouring ? this.colouring.times(this.table.tiles[slot] ?? -1) : this.table.times(slot);
  }

  /** The map is coloured by `colouring` from now on; null: by age. */
  colour(colouring: PageColouring | null): void {
    if (colouring === this.colouring) return;
    this.colouring = colouring;
    this.recoloured(this.table.tiles);
  }

  /** The colouring has other times for these tiles. */
  recoloured(tiles: readonly number[]): void {
    this.table.clock++;
    const changed: number[] = [];
    for (const tile of tiles) {
      const slot = this.table.ensure(tile);
      this.table.lower(slot);
      this.mark(slot, changed);
    }
    for (const listener of this.listeners) listener.applied(changed, false);
  }

  /**
   * Applies a frame. Returns false, and nothing changes, if it does not build on the last one: a key frame is needed.
   * @param clock performance.now()
   */
  apply(frame: Frame, clock: number): boolean {
    if (!this.state.accepts(frame)) return false;
    // The engine counts from the beginning of its session; going back means that another one has begun.
    const earlier = frame.time < this.time || frame.sequence <= this.sequence;
    if (frame.kind === 'key' && earlier && !this.rewinds) this.reset();
    const { table } = this;
    const before = this.state.vmas;
    table.clock++;
    const changed: number[] = [];
    // In mode interval the events of the last frame no longer apply.
    for (const slot of this.passing) this.mark(slot, changed);
    if (frame.time < this.time) for (const slot of rewindTimes(table, frame.time)) this.mark(slot, changed);
    for (const slot of this.events.advance(frame.time, frame.mode)) this.mark(slot, changed);
    this.passing = [];
    if (frame.mode !== this.mode && this.sequence >= 0) {
      // Times of one mode do not hold in the other.
      table.forgetTimes();
      for (let slot = 0; slot < table.size; slot++) this.mark(slot, changed);
    }
    if (frame.earlier) {
      replaceTimes(table, frame.earlier);
      for (let slot = 0; slot < table.size; slot++) this.mark(slot, changed);
    }
    if (frame.stamps) this.forget(rangesOf(frame.stamps.lost), changed);
    for (const tile of frame.tiles.indexes) this.mark(table.ensure(tile), changed);
    if (frame.mode === 'interval') this.notePassing(frame);
    const wrote = this.stamper.stamp(frame, this.state) || frame.earlier !== undefined;
    if (frame.kind === 'key') {
      for (const tile of this.state.tiles.indexes) this.mark(table.ensure(tile), changed);
    }
    this.state.apply(frame);
    if (frame.vmas) this.forget(lostRanges(before, frame.vmas), changed);
    this.takeEvents(changed);
    this.appliedAt = clock;
    this.epoch = Math.min(this.epoch, clock - frame.time);
    this.merged = frame.merged;
    this.scanNs = frame.scanNs;
    this.writtenAt = wrote ? frame.time : Math.min(this.writtenAt, frame.time);
    for (const listener of this.listeners) listener.applied(changed, frame.vmas !== null);
    return true;
  }

  /** Forgets everything: the next frame belongs to another source. */
  reset(): void {
    this.state = new FrameState();
    this.table.clear();
    this.events.clear();
    this.passing = [];
    this.writtenAt = -Infinity;
    this.frozen = false;
    this.recorded = false;
    this.rewinds = false;
    this.rate = 1;
    this.epoch = Infinity;
    for (const listener of this.listeners) listener.reset();
  }

  /** Milliseconds since `page` was last seen written, at engine time `now`; null: never, or not known (mode hold). */
  ageOf(page: number, now: number): number | null {
    if (this.mode === 'hold') return null;
    const tile = tileOfPage(page);
    const time = this.table.times(this.table.find(tile))?.[page - tile * PAGES_PER_TILE] ?? 0;
    return time === 0 ? null : Math.max(0, now - (time - 1));
  }

  /** Bit p is set where plane p holds for `page`. */
  planesOf(page: number): number {
    const tile = tileOfPage(page);
    const slot = this.tiles.find(tile);
    if (slot < 0) return 0;
    let mask = 0;
    for (const plane of Object.values(Plane)) {
      if (testBit(this.tiles.words, this.tiles.offset(slot, plane), page - tile * PAGES_PER_TILE)) {
        mask |= 1 << plane;
      }
    }
    return mask;
  }

  vmaOf(page: number): Vma | null {
    return this.vmas[findVma(this.vmas, page)] ?? null;
  }

  /** Adds a slot to those that this frame changed, once. */
  private mark(slot: number, changed: number[]): void {
    if (this.table.versions[slot] === this.table.clock) return;
    this.table.touch(slot);
    changed.push(slot);
  }

  /** Events of mode interval hold for one frame: their tiles change with the next. */
  private notePassing({ tiles: { indexes, masks } }: Frame): void {
    for (let i = 0; i < indexes.length; i++) {
      if (((masks[i] ?? 0) & WRITE_PLANES) !== 0) this.passing.push(this.table.find(indexes[i] ?? 0));
    }
  }

  /** Events of the tiles that changed; a page that was given back, and not written as well, no longer has a time. */
  private takeEvents(changed: readonly number[]): void {
    const { table, tiles } = this;
    for (const slot of changed) {
      const tile = table.tiles[slot] ?? -1;
      this.events.update(slot, tile, tiles);
      const known = tiles.find(tile);
      const times = known < 0 ? null : table.times(slot);
      if (!times) continue;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const written =
          wordAt(tiles.words, tiles.offset(known, Plane.Written), w) &
          ~wordAt(tiles.words, tiles.offset(known, Plane.Fresh), w);
        const gone = wordAt(tiles.words, tiles.offset(known, Plane.Gone), w) & ~written;
        if (gone !== 0) setTimes(table.ensureTimes(slot), w, gone, 0);
      }
    }
  }

  /** Memory that is gone has no past: what is mapped there next is other memory. */
  private forget(lost: readonly PageRange[], changed: number[]): void {
    for (const { start, end } of lost) {
      const first = tileOfPage(start);
      const last = tileOfPage(end - 1);
      const forget = (slot: number, tile: number): void => {
        const base = tile * PAGES_PER_TILE;
        if (this.table.times(slot)) {
          const [from, to] = [Math.max(0, start - base), Math.min(PAGES_PER_TILE, end - base)];
          this.table.ensureTimes(slot).fill(0, from, to);
        }
        this.events.forget(slot, Math.max(0, start - base), Math.min(PAGES_PER_TILE, end - base));
        this.mark(slot, changed);
      };
      if (last - first < this.table.size) {
        for (let tile = first; tile <= last; tile++) {
          const slot = this.table.find(tile);
          if (slot >= 0) forget(slot, tile);
        }
      } else {
        this.table.tiles.forEach((tile, slot) => {
          if (tile >= first && tile <= last) forget(slot, tile);
        });
      }
    }
  }
}

function rangesOf(pairs: Float64Array): PageRange[] {
  return Array.from({ length: pairs.length / 2 }, (_, i) => ({
    start: pairs[2 * i] ?? 0,
    end: pairs[2 * i + 1] ?? 0,
  }));
}
