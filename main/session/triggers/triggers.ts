import { randomUUID } from 'node:crypto';
import { InspectorError } from '#shared/contract/errors.ts';
import { MAX_TRIGGERS, type NewTrigger, type Trigger, type TriggerAction } from '#shared/contract/trigger.ts';
import { conditionText, triggerText } from '#shared/contract/trigger-text.ts';
import { formatPage } from '#shared/memory/page.ts';
import type { SampleMode, TrackingSource } from '#shared/source/source.ts';
import { plural } from '#shared/plural.ts';
import type { WrittenState } from '../frames/frame-builder.ts';
import { type FoundPages, PagesWritten } from './pages-written.ts';
import { UnmappedMemory } from './unmapped-memory.ts';
import { TriggerCommands } from './run-command.ts';
import { BOUNDS } from './trigger-bounds.ts';
import { WatchedWords } from './watched-words.ts';

/** What triggers do to what is open. Each resolves to what it made, or an empty text. */
export interface TriggerHost {
  /** The state of the last sample. */
  written(): WrittenState;
  /** Adds a mark at the time of a sample. */
  mark(timeNs: number, note: string): void;
  /** Runs in the queue of the source's calls, as `snapshot` does. */
  pause(): Promise<void>;
  snapshot(range: Extract<TriggerAction, { kind: 'snapshot' }>['range']): Promise<string>;
  /** Runs concurrently with sampling. */
  save(): Promise<string>;
  stopRecording(): Promise<string>;
  /**
   * The triggers changed; `message`: one of them did this, or failed.
   * @param about the same for messages that may be left out if they follow each other quickly
   */
  changed(message: string | null, about?: string): void;
}

interface Entry {
  readonly id: string;
  readonly made: NewTrigger;
  enabled: boolean;
  met: number;
  acted: number;
  withheld: number;
  lastNs: number | null;
  /** When it acted last, by performance.now(). */
  actedMs: number;
  /** How often it may act still. */
  actsLeft: number;
  result: string;
  problem: string | null;
}

/** Pages, or writes to a word, that met a condition. */
interface Meeting {
  readonly found: FoundPages | null;
  readonly writes: number;
}

/**
 * The triggers of a live source. Conditions are decided with each sample: `sampled` gets it, then `perform` does what is due, before
 * the next sample.
 */
export class Triggers {
  private readonly source: Pick<TrackingSource, 'words' | 'description' | 'snapshots' | 'execution'>;
  private readonly host: TriggerHost;
  private readonly entries: Entry[] = [];
  private readonly pages = new PagesWritten();
  private readonly words: WatchedWords;
  private readonly unmapped = new UnmappedMemory();
  private readonly commands = new TriggerCommands();
  /** Whether there was a sample. */
  private isSampled = false;
  private due: { readonly entry: Entry; readonly meeting: Meeting; readonly timeNs: number }[] = [];
  private closed = false;

  constructor(source: Triggers['source'], host: TriggerHost) {
    this.source = source;
    this.host = host;
    this.words = new WatchedWords(source);
  }

  get list(): Trigger[] {
    return this.entries.map(shown);
  }

  /** Throws InspectorError if the source can do no such thing. */
  add(made: NewTrigger): Trigger {
    if (this.entries.length >= MAX_TRIGGERS)
      throw new InspectorError('bad-request', `There are ${MAX_TRIGGERS} triggers.`, 'Remove one first.');
    this.requireAble(made.action);
    if (this.entries.every(({ enabled }) => !enabled)) this.pages.begin(this.host.written());
    const entry: Entry = {
      ...{ id: randomUUID(), made, enabled: true, met: 0, acted: 0, withheld: 0 },
      ...{
        lastNs: null,
        actedMs: -Infinity,
        actsLeft: BOUNDS[made.action.kind].most,
        result: '',
        problem: null,
      },
    };
    if (made.condition.kind === 'word') this.words.watch(entry.id, made.condition);
    this.entries.push(entry);
    this.host.changed(null);
    return shown(entry);
  }

  /** A trigger that acts once acts again when it is enabled again. */
  enable(id: string, enabled: boolean): Trigger {
    const entry = this.find(id);
    if (enabled) {
      if (this.entries.every((one) => !one.enabled)) this.pages.begin(this.host.written());
      if (entry.made.condition.kind === 'word') this.words.watch(id, entry.made.condition);
      // The bounds start again: it is the user who enabled it.
      entry.actedMs = -Infinity;
      entry.actsLeft = BOUNDS[entry.made.action.kind].most;
      entry.problem = null;
    } else this.words.end(id);
    entry.enabled = enabled;
    this.host.changed(null);
    return shown(entry);
  }

  remove(id: string): void {
    this.entries.splice(this.entries.indexOf(this.find(id)), 1);
    this.words.end(id);
    this.host.changed(null);
  }

  /** A sample: decides which triggers act. */
  sampled(timeNs: number, mode: SampleMode): void {
    const isFirst = !this.isSampled;
    this.isSampled = true;
    if (!this.entries.some(({ enabled }) => enabled)) return;
    // The first has what was written before the source was opened; a program that is launched begins after it.
    if (isFirst) return this.pages.begin(this.host.written());
    const written = this.host.written();
    this.pages.next(written, mode);
    for (const entry of this.entries) {
      if (!entry.enabled) continue;
      const unmapped = this.unmapped.check(entry.id, entry.made.condition, written.vmas, timeNs);
      if (unmapped !== null)
        this.host.changed(`Trigger ${triggerText(entry.made)}: ${unmapped}`, `${entry.id} unmapped`);
      const meeting = this.meeting(entry);
      if (meeting !== null) this.meet(entry, meeting, timeNs);
    }
  }

  /** Does what the samples made due. Failures are kept with the trigger. */
  async perform(): Promise<void> {
    for (const { entry, meeting, timeNs } of this.due.splice(0)) {
      if (this.closed) return;
      await this.act(entry, meeting, timeNs);
    }
  }

  close(): void {
    this.closed = true;
    this.words.close();
  }

  private meeting(entry: Entry): Meeting | null {
    const { condition } = entry.made;
    if (condition.kind === 'word') {
      const ended = this.words.ended(entry.id);
      const writes = this.words.writes(entry.id) ?? 0;
      if (ended !== null) this.disable(entry, ended);
      return writes > 0 ? { found: null, writes } : null;
    }
    const found = this.pages.in(condition.memory);
    const least = condition.kind === 'pages' ? condition.atLeast : 1;
    return found.pages >= least ? { found, writes: 0 } : null;
  }

  private meet(entry: Entry, meeting: Meeting, timeNs: number): void {
    const { action, each } = entry.made;
    const { gapMs, most } = BOUNDS[action.kind];
    const nowMs = performance.now();
    entry.met++;
    entry.lastNs = timeNs;
    if (nowMs - entry.actedMs < gapMs) {
      entry.withheld++;
      return this.host.changed(null);
    }
    entry.actedMs = nowMs;
    this.due.push({ entry, meeting, timeNs });
    if (!each) this.disable(entry, null);
    else if (--entry.actsLeft === 0) this.disable(entry, `It acted ${plural(most, 'time')}, the maximum.`);
  }

  private async act(entry: Entry, meeting: Meeting, timeNs: number): Promise<void> {
    const { action } = entry.made;
    entry.acted++;
    try {
      // Every action has its place on the timeline.
      this.host.mark(
        timeNs,
        action.kind === 'mark' && action.note !== '' ? action.note : triggerText(entry.made),
      );
      const work = this.start(entry, meeting, timeNs);
      // What takes long continues concurrently with sampling.
      if (action.kind === 'save' || action.kind === 'run') void work.then(...this.ends(entry, meeting));
      else await work.then(...this.ends(entry, meeting));
    } catch (cause) {
      this.failed(entry, cause);
    }
  }

  private start(entry: Entry, meeting: Meeting, timeNs: number): Promise<string> {
    const { action } = entry.made;
    switch (action.kind) {
      case 'mark':
        return Promise.resolve('');
      case 'pause':
        return this.host.pause().then(() => 'The program is paused.');
      case 'snapshot':
        return this.host.snapshot(action.range);
      case 'save':
        return this.host.save();
      case 'stop-recording':
        return this.host.stopRecording();
      case 'run':
        return this.commands.run(action.command, this.aboutOf(entry, meeting, timeNs));
    }
  }

  private ends(entry: Entry, meeting: Meeting): [(result: string) => void, (cause: unknown) => void] {
    return [
      (result) => {
        entry.result = result;
        entry.problem = null;
        if (!this.closed) this.host.changed(messageOf(entry, meeting, result), entry.id);
      },
      (cause) => this.failed(entry, cause),
    ];
  }

  private failed(entry: Entry, cause: unknown): void {
    const { message, remedy } = InspectorError.from(cause);
    entry.problem = remedy === '' ? message : `${message} ${remedy}`;
    if (!this.closed)
      this.host.changed(`Trigger ${triggerText(entry.made)}: ${entry.problem}`, `${entry.id} failed`);
  }

  private disable(entry: Entry, problem: string | null): void {
    entry.enabled = false;
    entry.problem = problem;
    this.words.end(entry.id);
  }

  private aboutOf(entry: Entry, { found, writes }: Meeting, timeNs: number): Record<string, string> {
    const first = found?.first ?? null;
    return {
      SOFT_DIRTY_TRIGGER: conditionText(entry.made.condition),
      SOFT_DIRTY_PID: String(this.source.description.pid ?? ''),
      SOFT_DIRTY_TIME_NS: String(timeNs),
      SOFT_DIRTY_PAGES: String(found?.pages ?? ''),
      SOFT_DIRTY_PAGE: first === null ? '' : formatPage(first),
      SOFT_DIRTY_WRITES: found === null ? String(writes) : '',
    };
  }

  private requireAble({ kind }: TriggerAction): void {
    const { snapshots, execution } = this.source;
    if (kind === 'snapshot' && snapshots === null)
      throw new InspectorError('unsupported', 'This source has no contents for a snapshot.');
    if (kind === 'pause' && !execution?.actions.includes('pause'))
      throw new InspectorError('unsupported', 'This program cannot be paused.');
  }

  private find(id: string): Entry {
    const found = this.entries.find((entry) => entry.id === id);
    if (found) return found;
    throw new InspectorError('bad-request', 'This trigger no longer exists.', 'It was removed.');
  }
}

function shown({ id, made, enabled, met, acted, withheld, lastNs, result, problem }: Entry): Trigger {
  return { ...made, id, enabled, met, acted, withheld, lastNs, result, problem };
}

function messageOf({ made }: Entry, { found, writes }: Meeting, result: string): string {
  const what =
    found === null
      ? plural(writes, 'write')
      : `${plural(found.pages, 'page')} from ${formatPage(found.first ?? 0)}`;
  return `Trigger ${triggerText(made)}: ${what}.${result === '' ? '' : ` ${result}`}`;
}
