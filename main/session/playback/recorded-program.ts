import { InspectorError } from '#shared/contract/errors.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { RerunPart } from '#shared/source/rerun.ts';
import type { RecordingReader } from '../../recording/recording-reader.ts';
import { parseRerunPart } from '../../recording/rerun-parts.ts';
import { beginRerun, type Rerun } from '../../simulated/rerun/rerun.ts';

/** It runs this long before anything else gets a turn, in milliseconds. */
const TURN_MS = 8;
/** Characters of the program's text: a lesson's file has up to 8 MiB. */
const MAX_PROGRAM_CHARS = 16 * 2 ** 20;

type Step = 'frame' | RerunPart;

/**
 * The simulated program of a recording, run again up to a frame: its page tables there, and why a page is written. It
 * continues from where it is; an earlier frame, or the causes of another page, begin at the program's start.
 */
export class RecordedProgram {
  private readonly reader: RecordingReader;
  private rerun: Rerun | null = null;
  private text = '';
  private actions = 0;
  private frame = -1;
  private steps: AsyncGenerator<Step> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(reader: RecordingReader) {
    this.reader = reader;
  }

  /** The walk of `page` as frame `frame` (from 0) shows it. Rejects with `damaged-file` if what is needed for it is damaged. */
  walk(page: number, frame: number): Promise<PageWalk> {
    const walked = this.last.then(() => this.walkNow(page, frame));
    this.last = walked.catch(() => this.restart());
    return walked;
  }

  close(): void {
    this.closed = true;
  }

  private async walkNow(page: number, frame: number): Promise<PageWalk> {
    if (this.frame > frame || this.rerun?.knows(page) === false) this.restart();
    this.steps ??= this.read();
    let turn = performance.now();
    while (this.frame < frame) {
      const { value, done } = await this.steps.next();
      if (done === true) throw lost('its end is missing');
      if (value === 'frame') this.frame++;
      else turn = await this.take(value, page, turn);
    }
    this.rerun ??= await beginRerun(this.text, page);
    return this.rerun.walk(page);
  }

  /** @returns when the current turn began */
  private async take(
    { program, from, actions, ends }: RerunPart,
    page: number,
    began: number,
  ): Promise<number> {
    if (program !== undefined) {
      this.text += program;
      if (this.text.length > MAX_PROGRAM_CHARS) throw lost('its program is too long');
    }
    if (from !== this.actions) throw lost(`${Math.abs(from - this.actions)} actions are missing`);
    if (ends) throw lost('its log of actions was cut off');
    let turn = began;
    for (const action of actions) {
      this.rerun ??= await beginRerun(this.text, page);
      await this.rerun.apply(action);
      this.actions++;
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.closed) throw new InspectorError('no-source', 'The recording is closed.', 'Open it again.');
      turn = performance.now();
    }
    return turn;
  }

  private restart(): void {
    this.rerun = this.steps = null;
    this.text = '';
    this.actions = 0;
    this.frame = -1;
  }

  /** Frames and what was done before each, from the beginning of the file. */
  private async *read(): AsyncGenerator<Step> {
    for (let chunk = 0; chunk < this.reader.chunks; chunk++) {
      for (const { topic, data } of await this.reader.readMessages(chunk)) {
        if (topic === '/frames') yield 'frame';
        else if (topic === '/rerun') yield parseRerunPart(data);
      }
    }
  }
}

function lost(what: string): InspectorError {
  return new InspectorError(
    'damaged-file',
    `The program cannot be run again up to this frame: ${what}.`,
    'Frames before the damaged part have their page tables.',
  );
}
