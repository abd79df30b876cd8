import { FrameState } from '#shared/frame/apply.ts';
import { WRITE_PLANES } from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { popcount, testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { lostRanges } from '#shared/memory/lost-ranges.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { findVma, type Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { type FrameStamps, stampOf } from '#shared/frame/stamps.ts';
import { ShownEvents } from './shown-events.ts';
import { TileTable } from './tile-table.ts';

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
 * A page counts as written where its own entry says so: plane Written without Fresh. In mode interval its time is that of
 * the last sample in which it was, also where samples were merged. In mode hold it is not known when it was last written,
 * only that it was since the last clear: there is no age.
 */
export class FrameStore {
  readonly table = new TileTable();
  /** Touched, Hot and Gone as the map shows them. */
  readonly events = new ShownEvents();
  private state = new FrameState();
  private readonly listeners = new Set<FrameListener>();
  /** When the last frame was applied, by performance.now(). */
  private appliedAt = 0;
  /** performance.now() when the engine's clock began, from the delivery that took the least time. */
  private epoch = Infinity;
  /** Slots of which the last frame of mode interval had events. */
  private passing: number[] = [];
  private writtenAt = -Infinity;
  /** Bits of the tile whose times are being set. */
  private readonly rising = new Uint32Array(WORDS_PER_TILE);
  private readonly lit = new Uint32Array(WORDS_PER_TILE);
  /** Time does not advance: sampling is paused or the source is gone. */
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
    return this.mode === 'hold' ? 0 : this.now(clock);
  }

  /**
   * Applies a frame. Returns false, and nothing changes, where it does not build on the last one: a key frame is needed.
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
    // In mode interval the events of the last frame do not hold any more.
    for (const slot of this.passing) this.mark(slot, changed);
    if (frame.time < this.time) for (const slot of this.rewind(frame.time)) this.mark(slot, changed);
    for (const slot of this.events.advance(frame.time, frame.mode)) this.mark(slot, changed);
    this.passing = [];
    if (frame.mode !== this.mode && this.sequence >= 0) {
      // Times of one mode do not hold in the other.
      table.forgetTimes();
      for (let slot = 0; slot < table.size; slot++) this.mark(slot, changed);
    }
    if (frame.earlier) this.takeEarlier(frame.earlier, changed);
    if (frame.stamps) this.forget(rangesOf(frame.stamps.lost), changed);
    const wrote = this.stampTimes(frame, changed) || frame.earlier !== undefined;
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

  /** Sets the times of the pages that `frame` shows as newly written. @returns whether there were any */
  private stampTimes(frame: Frame, changed: number[]): boolean {
    const { indexes, masks, words } = frame.tiles;
    const { table, state, rising } = this;
    const { stamps } = frame;
    let wrote = false;
    const merged = new Map<number, number>();
    stamps?.indexes.forEach((tile, position) => merged.set(tile, position));
    const sameMode = frame.mode === state.mode;
    const time = Math.round(frame.time) + 1;
    const writtenBit = 1 << Plane.Written;
    const freshBit = 1 << Plane.Fresh;
    let at = 0;
    for (let i = 0; i < indexes.length; i++) {
      const mask = masks[i] ?? 0;
      const tile = indexes[i] ?? 0;
      const slot = table.ensure(tile);
      this.mark(slot, changed);
      const writtenAt = (mask & writtenBit) !== 0 ? at : -1;
      const freshAt = (mask & freshBit) !== 0 ? at + WORDS_PER_TILE * popcount(mask & (freshBit - 1)) : -1;
      at += WORDS_PER_TILE * popcount(mask);
      // Events hold for one frame in mode interval.
      const keeps = frame.kind === 'delta' && frame.mode === 'hold';
      if (frame.mode === 'interval' && (mask & WRITE_PLANES) !== 0) this.passing.push(slot);
      if (writtenAt < 0 && (!keeps || freshAt < 0)) continue;

      const old = sameMode ? state.tiles.find(tile) : -1;
      const oldWritten = old < 0 ? -1 : state.tiles.offset(old, Plane.Written);
      const oldFresh = old < 0 ? -1 : state.tiles.offset(old, Plane.Fresh);
      // In mode hold a time only marks the page as written: all that a key frame has gets one.
      const lit = frame.mode === 'hold' && frame.kind === 'key' ? this.lit : rising;
      let any = 0;
      let risen = 0;
      for (let w = 0; w < WORDS_PER_TILE; w++) {
        const before = wordAt(state.tiles.words, oldWritten, w) & ~wordAt(state.tiles.words, oldFresh, w);
        const written =
          writtenAt >= 0 ? wordAt(words, writtenAt, w) : wordAt(state.tiles.words, oldWritten, w);
        const fresh =
          freshAt >= 0 ? wordAt(words, freshAt, w) : keeps ? wordAt(state.tiles.words, oldFresh, w) : 0;
        const own = written & ~fresh;
        rising[w] = frame.mode === 'hold' ? own & ~before : own;
        if (lit !== rising) lit[w] = own;
        any |= own;
        risen |= rising[w] ?? 0;
      }
      if (any === 0) continue;
      const position = merged.get(tile);
      if (stamps && position !== undefined)
        stampEach(table.ensureTimes(slot), rising, (page) => stampOf(stamps, position, page));
      else if (lit.every((word) => word === 0xffffffff)) table.fillTimes(slot, time);
      else stampBits(table.ensureTimes(slot), lit, time);
      if (risen !== 0) wrote = true;
    }
    return wrote;
  }

  /** Takes over when pages were last written before a frame that is shown alone; what was known before is of another time. */
  private takeEarlier(earlier: FrameStamps, changed: number[]): void {
    const { table } = this;
    table.forgetTimes();
    earlier.indexes.forEach((tile, position) => {
      const times = table.ensureTimes(table.ensure(tile));
      for (let page = 0; page < PAGES_PER_TILE; page++) {
        const time = stampOf(earlier, position, page);
        if (time !== null) times[page] = Math.round(time) + 1;
      }
    });
    for (let slot = 0; slot < table.size; slot++) this.mark(slot, changed);
  }

  /** What was seen later than `time` has not happened yet. @returns the slots where something was */
  private rewind(time: number): number[] {
    const latest = Math.round(time) + 1;
    const touched: number[] = [];
    for (let slot = 0; slot < this.table.size; slot++) {
      const times = this.table.times(slot);
      if (!times?.some((seen) => seen > latest)) continue;
      for (let i = 0; i < times.length; i++) if ((times[i] ?? 0) > latest) times[i] = 0;
      touched.push(slot);
    }
    return touched;
  }

  /** Events of the tiles that changed; a page that was given back, and not written as well, has no time any more. */
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
        if (gone !== 0) stampWord(table.ensureTimes(slot), w, gone, 0);
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

function wordAt(words: Uint32Array, at: number, w: number): number {
  return at < 0 ? 0 : (words[at + w] ?? 0);
}

/** Writes `time` for every page whose bit is set. */
function stampBits(times: Uint32Array, bits: Uint32Array, time: number): void {
  for (let w = 0; w < WORDS_PER_TILE; w++) stampWord(times, w, bits[w] ?? 0, time);
}

/** Writes `time` for the pages of word `w` whose bit is set. */
function stampWord(times: Uint32Array, w: number, bits: number, time: number): void {
  if (bits === 0xffffffff) {
    times.fill(time, w * 32, w * 32 + 32);
    return;
  }
  for (let word = bits; word !== 0; word &= word - 1) {
    times[w * 32 + 31 - Math.clz32(word & -word)] = time;
  }
}

/** Writes its own time for every page whose bit is set; null: none. */
function stampEach(times: Uint32Array, bits: Uint32Array, timeOf: (page: number) => number | null): void {
  for (let page = 0; page < PAGES_PER_TILE; page++) {
    if (!testBit(bits, 0, page)) continue;
    const time = timeOf(page);
    times[page] = time === null ? 0 : Math.round(time) + 1;
  }
}
