import {
  MAX_PROCESS_EVENTS,
  type Mark,
  type OperationRecord,
  type ProcessEvent,
  type TimelineReply,
} from '#shared/contract/recording.ts';
import type { CommandRequest } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { Attempt } from './attempt.ts';
import { LatestOnly } from './latest-only.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { msOf, nsOf, type TimeSpan, type TimeStore } from '../stores/time-store.ts';

/** What was read: counts of `buckets` equal parts of [start, end]. */
export interface TimelineRead extends TimeSpan {
  readonly buckets: number;
  readonly reply: TimelineReply;
}

export interface TimelineStore {
  readonly read: TimelineRead | null;
  /** The readable time. */
  readonly available: TimeSpan | null;
  /** Ascending by time. */
  readonly marks: readonly Mark[];
  readonly operations: readonly OperationRecord[];
  /** What happened to the program and to its tracking, ascending by time. */
  readonly processEvents: readonly ProcessEvent[];
  /** The mark whose note is being written; null: none. */
  readonly editing: string | null;
  /** Why nothing could be read. */
  readonly failure: InspectorErrorData | null;
}

/** How often a live session is read, in ms. */
const REFRESH_INTERVAL_MS = 500;
/** Time that the axis of a live session shows at least. */
const MIN_SPAN_MS = 5_000;
const OPERATIONS_KEPT = 10_000;

const NOTHING: TimelineStore = {
  read: null,
  available: null,
  marks: [],
  operations: [],
  processEvents: [],
  editing: null,
  failure: null,
};

interface TimelineInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly time: StoreApi<TimeStore>;
  readonly attempt: Attempt;
}

/** @returns the engine's list and after it what was reported while it was read, at most `max` of them, the newest */
function joined<T extends OperationRecord | ProcessEvent>(
  listed: readonly T[],
  reported: readonly T[],
  max: number,
): readonly T[] {
  const keyOf = (entry: T): string =>
    'action' in entry
      ? `${entry.timeNs} ${entry.action} ${entry.detail}`
      : `${entry.timeNs} ${entry.kind} ${entry.message}`;
  const known = new Set(listed.map(keyOf));
  return [...listed, ...reported.filter((entry) => !known.has(keyOf(entry)))].slice(-max);
}

/** Counts by time, marks and operations, as the engine keeps them; read for the visible range. */
export class Timeline {
  readonly store: StoreApi<TimelineStore> = createStore<TimelineStore>(() => NOTHING);
  private readonly input: TimelineInput;
  private readonly reads: LatestOnly<void>;
  /** Zoom and number of buckets that are shown; null: none. */
  private wanted: { readonly zoom: TimeSpan | null; readonly buckets: number } | null = null;
  private generation = 0;
  /** Whether the engine has reported its marks since the last reload began. */
  private reported = false;

  constructor(input: TimelineInput) {
    this.input = input;
    this.reads = new LatestOnly(() => this.readOnce());
  }

  /** Reads now and from time to time what is to be shown. @returns a function that stops it */
  show(zoom: TimeSpan | null, buckets: number): () => void {
    const wanted = { zoom, buckets };
    this.wanted = wanted;
    this.refresh();
    const timer = setInterval(() => {
      if (this.goesOn || this.isUnread) this.refresh();
    }, REFRESH_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      if (this.wanted === wanted) this.wanted = null;
    };
  }

  refresh(): void {
    if (this.wanted) this.reads.request();
  }

  /** Another source was opened, or the engine is new: everything is read again. */
  async reload(): Promise<void> {
    this.forget();
    if (!this.isOpen) return;
    const { generation } = this;
    this.refresh();
    await this.input.attempt(async () => {
      const { marks } = await this.input.link.call('marks.list', {});
      const all = { startNs: 0, endNs: Number.MAX_SAFE_INTEGER };
      const { operations } = await this.input.link.call('timeline.operations', all);
      const { events } = await this.input.link.call('timeline.processEvents', {});
      if (generation !== this.generation) return;
      // What was reported meanwhile is newer than the replies.
      this.store.setState((now) => ({
        marks: this.reported ? now.marks : marks,
        operations: joined(operations, now.operations, OPERATIONS_KEPT),
        processEvents: joined(events, now.processEvents, MAX_PROCESS_EVENTS),
      }));
    });
  }

  forget(): void {
    this.generation++;
    this.reported = false;
    this.store.setState(NOTHING);
  }

  marked(marks: readonly Mark[]): void {
    this.reported = true;
    this.store.setState({ marks });
    // One that is made while sampling is paused is later than the last frame, and in view only once all is read again.
    const { read } = this.store.getState();
    if (this.wanted?.zoom === null && read !== null && lastOf(marks) > read.end) this.refresh();
  }

  operated(operation: OperationRecord): void {
    this.store.setState(({ operations }) => ({
      operations: [...operations, operation].slice(-OPERATIONS_KEPT),
    }));
  }

  happened(event: ProcessEvent): void {
    this.store.setState(({ processEvents }) => ({
      processEvents: [...processEvents, event].slice(-MAX_PROCESS_EVENTS),
    }));
  }

  /** Adds a mark at the engine's position, or at `time` in ms. Resolves with it, or null if that failed. */
  async addMark(note: string, colour: Mark['colour'], time: number | null = null): Promise<Mark | null> {
    let added: Mark | null = null;
    await this.input.attempt(async () => {
      const timeNs = time === null ? null : nsOf(time);
      added = await this.input.link.call('mark.add', { timeNs, note, colour });
    });
    return added;
  }

  /** Adds a mark at the position, and edits its note. */
  async markHere(): Promise<void> {
    const mark = await this.addMark('', 'blue', this.input.time.getState().cursor);
    if (mark) this.store.setState({ editing: mark.id });
  }

  edit(id: string | null): void {
    this.store.setState({ editing: id });
  }

  changeMark(change: CommandRequest<'mark.change'>): Promise<void> {
    return this.input.attempt(async () => void (await this.input.link.call('mark.change', change)));
  }

  removeMark(id: string): Promise<void> {
    return this.input.attempt(async () => void (await this.input.link.call('mark.remove', { id })));
  }

  private get isOpen(): boolean {
    return (this.input.session.getState().state?.source ?? null) !== null;
  }

  /** Whether there is more to be read than before. */
  get goesOn(): boolean {
    const { state } = this.input.session.getState();
    if (!state?.source) return false;
    return state.source.playback ? state.source.playback.growing : state.ended === null && !state.paused;
  }

  /** A source is open and nothing of it was read: what was read was of the source before it. */
  private get isUnread(): boolean {
    const { read, failure } = this.store.getState();
    return this.isOpen && read === null && failure === null;
  }

  private async readOnce(): Promise<void> {
    const { wanted, generation } = this;
    if (!wanted || !this.isOpen) return;
    const { zoom, buckets } = wanted;
    try {
      const available = zoom ? null : await this.askAvailable();
      const { start, end } = zoom ?? available ?? { start: 0, end: 1 };
      const request = { startNs: nsOf(start), endNs: Math.max(nsOf(start) + 1, nsOf(end)), buckets };
      const reply = await this.input.link.call('timeline.read', request);
      if (generation !== this.generation) return;
      this.store.setState({
        read: { start: msOf(request.startNs), end: msOf(request.endNs), buckets, reply },
        available: spanOf(reply),
        failure: null,
      });
    } catch (cause) {
      if (generation === this.generation) this.store.setState({ failure: errorData(cause) });
    }
  }

  /** The time that can be read: of a recording it is known, a live session is asked. */
  private async askAvailable(): Promise<TimeSpan> {
    const playback = this.input.session.getState().state?.source?.playback;
    if (playback && !playback.growing) return { start: msOf(playback.startNs), end: msOf(playback.endNs) };
    const reply = await this.input.link.call('timeline.read', { startNs: 0, endNs: 0, buckets: 1 });
    const { start, end } = spanOf(reply);
    return {
      start: Math.min(start, Math.max(0, end - MIN_SPAN_MS)),
      end: Math.max(end, start + MIN_SPAN_MS, lastOf(this.store.getState().marks)),
    };
  }
}

/** Time of the last mark in ms; 0 if there is none. @param marks ascending */
function lastOf(marks: readonly Mark[]): number {
  return msOf(marks.at(-1)?.timeNs ?? 0);
}

function spanOf({ available }: TimelineReply): TimeSpan {
  return { start: msOf(available.startNs), end: msOf(available.endNs) };
}
