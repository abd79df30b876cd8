import { joinWrites } from '#shared/frame/delta.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { OperationRequest, OperationResult } from '#shared/source/operation.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { Sample, SampleRequest } from '#shared/source/source.ts';
import type { Backend } from './backends/write-tracker.ts';
import type { PageEvents } from './events/page-events.ts';
import type { ArmedHuge } from './huge/armed-huge.ts';
import { checkOperation, reported, untrackedNotes } from './operation.ts';
import { PinnedMemory } from './pinned/pinned-memory.ts';
import { fill, STATE_PLANES, TOUCHED_PLANE, WRITTEN_PLANES } from './planes.ts';
import { PAGE_IS, PAGE_WAS } from './syscalls/constants.ts';
import { RegionList } from './tracking/region-list.ts';
import { nativeWalk } from './walk.ts';
import { endOfVmas } from './process/user-range.ts';

/**
 * What is read of a tracked process: the tracker's reports, refined by what the state of its pages, huge pages and pinned memory
 * show besides. All of it is synchronous.
 */
export class PageReadings {
  readonly pinned: PinnedMemory;
  private readonly backend: () => Backend;
  private readonly huge: ArmedHuge;
  private readonly events: PageEvents;
  private readonly list = new RegionList();
  /** Events that an operation cleared and does not count, touched and gone: the next interval sample has them. */
  private readonly taken = new TileSet();

  /** @param backend the current one */
  constructor(pid: number, backend: () => Backend, huge: ArmedHuge, events: PageEvents) {
    this.pinned = new PinnedMemory(pid);
    this.backend = backend;
    this.huge = huge;
    this.events = events;
  }

  private get tracker(): Backend['tracker'] {
    return this.backend().tracker;
  }

  /** @param exact every page is armed in an interval sample that is one of many */
  sample({ mode, tiles, state, range, explicit = false }: SampleRequest, exact: boolean): Sample {
    const begin = process.hrtime.bigint();
    const { tracker, list } = this;
    if (mode === 'interval' && !explicit && tracker.sample) tracker.sample(list, exact, range);
    else tracker.read(mode === 'interval' ? 'get-and-clear' : 'get', list, range);
    fill(tiles, this.classified(), WRITTEN_PLANES);
    this.noteHuge();
    if (state) {
      this.tracker.state(this.list);
      fill(tiles, this.list, STATE_PLANES);
      this.huge.mark(tiles);
      this.events.compareState(tiles);
    }
    this.events.report(tiles, mode, range);
    if (mode === 'interval') joinWrites(tiles, this.taken);
    this.taken.clear();
    return { vmas: this.pinned.mark(this.tracker.vmas), scanNs: Number(process.hrtime.bigint() - begin) };
  }

  clear(): void {
    this.tracker.clear();
    this.events.clear();
  }

  operate(request: OperationRequest): OperationResult {
    const begin = process.hrtime.bigint();
    const { vmas } = this.tracker;
    const range = checkOperation(request, endOfVmas(vmas));
    const durationNs = () => Number(process.hrtime.bigint() - begin);
    if ('errno' in range) return { ok: false, ...range, durationNs: durationNs(), notes: [] };
    if (request.op === 'CLEAR') {
      this.tracker.clear(range);
      this.list.clear();
      this.events.clear(range);
    } else {
      const what = request.op === 'GET' ? 'get' : 'get-and-clear';
      this.tracker.read(what, this.list, range, request.vecLen, true);
    }
    this.noteHuge();
    const list = this.classified();
    if (request.op === 'GET_AND_CLEAR') {
      fill(this.taken, list, TOUCHED_PLANE);
      this.events.report(this.taken, 'hold', range);
    }
    // Pages that are only touched do not count as written.
    list.withoutCategories(PAGE_WAS.TOUCHED | PAGE_WAS.HOT | PAGE_WAS.GONE | PAGE_IS.HUGE);
    if (request.op === 'GET_AND_CLEAR') this.events.clear(range);
    const notes = [...this.backend().notes(request.op), ...untrackedNotes(vmas, range)];
    return { ...reported(list, request.vecLen, range), durationNs: durationNs(), notes };
  }

  walk(page: number): PageWalk {
    const { name } = this.backend();
    this.tracker.read('get', this.list, { start: page, end: page + 1 }, 0, true);
    const vma = this.pinned.mark(this.tracker.vmas).find((v) => v.start <= page && page < v.end);
    const found = this.list.count > 0;
    const categories = found ? this.classified().categories(0) : 0;
    const touched = (categories & PAGE_WAS.TOUCHED) !== 0;
    return nativeWalk({
      page,
      entry: this.tracker.pagemapEntry(page),
      vma,
      written: found && !touched,
      backend: name,
      huge: name === 'write-protect' && found ? (categories & PAGE_IS.HUGE) !== 0 : null,
      touched,
      explain: (entry, written) => this.backend().explain(entry, written),
    });
  }

  private noteHuge(): void {
    this.huge.note(this.list);
    this.huge.takeArmed(this.tracker);
  }

  /** The tracker's report, refined by events where write-protection is used. */
  private classified(): RegionList {
    return this.backend().registers ? this.events.classify(this.list, this.tracker.vmas) : this.list;
  }
}
