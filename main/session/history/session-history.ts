import { InspectorError } from '#shared/contract/errors.ts';
import type { Mark, OperationRecord, ProcessEvent } from '#shared/contract/recording.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { History } from '#shared/source/history.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { readMarks, writeMarks } from '../../recording/marks-file.ts';
import { countByKind } from '../../recording/kind-counts.ts';
import { LiveHistory } from './live-history.ts';
import { MarkStore } from './mark-store.ts';
import type { FrameBuilder } from '../frames/frame-builder.ts';

export interface SessionHistoryOptions {
  /** Whether the last minutes of a live source are kept, for the timeline and comparisons. */
  readonly remembers: boolean;
  /** A mark was added or changed, or (null) removed. */
  mark(id: string, mark: Mark | null): void;
  problem(error: InspectorError): void;
}

/** Pages written in the phase that ends now. */
export interface Phase {
  readonly byKind: number[];
  readonly sinceNs: number;
}

/** What there is to tell of one open source besides the present picture: its last minutes, operations, marks, phases. */
export class SessionHistory {
  readonly history: History;
  readonly marks: MarkStore;
  /** Null of a recording, and where nothing is remembered. */
  readonly live: LiveHistory | null;
  /** What was written in this phase, in mode interval, where no clear tells. */
  private readonly phase = new TileSet();
  private phaseBeganNs = 0;
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    source: TrackingSource,
    live: LiveHistory,
    marks: readonly Mark[],
    { remembers, ...tell }: SessionHistoryOptions,
  ) {
    const { playback } = source;
    this.history = playback?.history ?? live;
    this.live = playback || !remembers ? null : live;
    const changed = (id: string, mark: Mark | null): void => {
      tell.mark(id, mark);
      if (playback) this.save(playback.state().path, tell);
    };
    this.marks = new MarkStore(marks, {
      changed: (mark) => changed(mark.id, mark),
      removed: (id) => changed(id, null),
    });
  }

  /** Of a recording, with the marks beside it, or those in it. */
  static async begin(source: TrackingSource, options: SessionHistoryOptions): Promise<SessionHistory> {
    const { playback } = source;
    let marks: readonly Mark[] = playback?.marks ?? [];
    if (playback) {
      try {
        marks = (await readMarks(playback.state().path)) ?? marks;
      } catch (cause) {
        options.problem(InspectorError.from(cause));
      }
    }
    return new SessionHistory(source, new LiveHistory(), marks, options);
  }

  frame(frame: Frame, picture: FrameBuilder): void {
    if (this.live === null) return;
    this.live.push(frame);
    if (frame.mode === 'interval') joinWrites(this.phase, picture.written.tiles);
  }

  operation(record: OperationRecord): void {
    this.live?.operation(record);
  }

  processEvent(event: ProcessEvent): void {
    this.live?.processEvent(event);
  }

  /** Ends the phase with the present picture; the next one begins. */
  takePhase(mode: Frame['mode'], picture: FrameBuilder, nowNs: number): Phase {
    const { tiles, vmas } = picture.written;
    if (mode === 'interval') joinWrites(this.phase, tiles);
    const byKind = countByKind(mode === 'interval' ? this.phase : tiles, vmas);
    const sinceNs = nowNs - this.phaseBeganNs;
    this.newPhase(nowNs);
    return { byKind, sinceNs };
  }

  newPhase(nowNs: number): void {
    this.phase.clear();
    this.phaseBeganNs = nowNs;
  }

  /** Resolves when marks that were changed are saved. */
  settled(): Promise<void> {
    return this.saving;
  }

  private save(recording: string, tell: Pick<SessionHistoryOptions, 'problem'>): void {
    const { marks } = this.marks;
    this.saving = this.saving
      .then(() => writeMarks(recording, marks))
      .catch((cause: unknown) => tell.problem(InspectorError.from(cause)));
  }
}
