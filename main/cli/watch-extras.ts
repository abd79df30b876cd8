import { InspectorError } from '#shared/contract/errors.ts';
import type { NewTrigger } from '#shared/contract/trigger.ts';
import { joinWrites } from '#shared/frame/delta.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { ControlReply, ControlRequest } from '../session/control/control-messages.ts';
import { keepSnapshot } from '../session/snapshot-file.ts';
import { Triggers } from '../session/triggers/triggers.ts';
import { printable } from './terminal-text.ts';
import type { WatchedProcess } from './watch-process.ts';
import type { WatchView } from './watch-view.ts';

type Done = Extract<ControlReply, { ok: true }>;

/** What a watch does concurrently with its samples: marks and phases that come from outside, and triggers. */
export class WatchExtras {
  private readonly watched: WatchedProcess;
  private readonly view: WatchView;
  private readonly time: () => number;
  private readonly triggers: Triggers;
  /** What the last sample found, and all since the last phase. */
  private tiles = new TileSet();
  private readonly phase = new TileSet();
  private phases = 0;

  /** @param time milliseconds since the watch began */
  constructor(watched: WatchedProcess, view: WatchView, time: () => number) {
    this.watched = watched;
    this.view = view;
    this.time = time;
    const { source } = watched;
    this.triggers = new Triggers(source, {
      written: () => ({ tiles: this.tiles, vmas: watched.vmas }),
      mark: (timeNs, note) => view.marked({ t: timeNs / 1e6, note, pages: null }),
      pause: () => source.control('pause'),
      snapshot: (range) => keepSnapshot(source, range),
      save: () => Promise.reject(recordsNothing()),
      stopRecording: () => Promise.reject(recordsNothing()),
      changed: (message) => {
        if (message !== null) view.message(`soft-dirty watch: ${printable(message)}\n`);
      },
    });
  }

  /** Throws InspectorError if the source does not support a trigger. */
  add(triggers: readonly NewTrigger[]): void {
    for (const trigger of triggers) this.triggers.add(trigger);
  }

  /** After each sample, once it was shown. */
  async sampled(tiles: TileSet): Promise<void> {
    this.tiles = tiles;
    joinWrites(this.phase, tiles);
    this.triggers.sampled(Math.max(0, Math.round(this.time() * 1e6)), 'interval');
    await this.triggers.perform();
  }

  /** What `soft-dirty mark` requests. @param sample takes a sample now */
  async perform(request: ControlRequest, sample: () => Promise<void>): Promise<Done> {
    switch (request.command) {
      case 'state':
        return this.done({});
      case 'mark':
        return this.mark(request.note, null);
      case 'phase': {
        await sample();
        const pages = this.phase.count(Plane.Written);
        this.phase.clear();
        return this.mark(request.note ?? `Phase ${++this.phases}`, pages);
      }
      case 'start':
      case 'stop':
        throw recordsNothing();
    }
  }

  close(): void {
    this.triggers.close();
  }

  private mark(note: string, pages: number | null): Done {
    const t = Math.max(0, this.time());
    this.view.marked({ t, note, pages });
    return this.done({ timeNs: Math.round(t * 1e6), note, writtenPages: pages });
  }

  private done(more: Partial<Done>): Done {
    const { title, pid } = this.watched.source.description;
    return {
      ...{ ok: true, state: { title, target: pid, recording: null } },
      ...{ timeNs: null, recordingNs: null, writtenPages: null, note: null, ...more },
    };
  }
}

const recordsNothing = (): InspectorError =>
  new InspectorError('unsupported', '"soft-dirty watch" records nothing.', 'Use "soft-dirty record".');
