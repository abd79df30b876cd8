import { rerunPartSchema, type RerunAction, type RerunLog, type RerunPart } from '#shared/source/rerun.ts';
import { plural } from '#shared/plural.ts';
import { damaged } from './bytes.ts';
import { parseJson } from './channels.ts';
import { MAX_NOTE_BYTES } from './chunk-content.ts';

/** Characters of the program's text in one message; each is up to four bytes, and JSON in JSON doubles quotes. */
const PROGRAM_PIECE = 4096;
/** Actions in one message: an operation has some 150 bytes. */
const ACTIONS_PIECE = 256;
const MAX_PART_VALUES = 20_000;

/** Divides what a simulated source keeps of itself into messages, as it grows. */
export class RerunParts {
  private readonly log: RerunLog;
  private written = 0;
  private begun = false;
  private ended = false;

  constructor(log: RerunLog) {
    this.log = log;
  }

  /**
   * What is new up to the sample that was just made. Its own clear came after what it shows, so that it belongs to the next
   * frame.
   */
  next(): string[] {
    const { actions, program } = this.log;
    if (actions === null) return this.end();
    const parts: RerunPart[] = [];
    if (!this.begun) {
      this.begun = true;
      for (let at = 0; at < program.length; at += PROGRAM_PIECE)
        parts.push({ program: program.slice(at, at + PROGRAM_PIECE), from: 0, actions: [] });
    }
    const end = actions.at(-1) === 'clear' ? actions.length - 1 : actions.length;
    while (this.written < end) {
      const piece: RerunAction[] = actions.slice(this.written, Math.min(end, this.written + ACTIONS_PIECE));
      parts.push({ from: this.written, actions: piece });
      this.written += piece.length;
    }
    return parts.map((part) => JSON.stringify(part));
  }

  private end(): string[] {
    if (this.ended) return [];
    this.ended = true;
    return [JSON.stringify({ from: this.written, actions: [], ends: true } satisfies RerunPart)];
  }
}

/** @throws InspectorError `damaged-file` */
export function parseRerunPart(data: Uint8Array): RerunPart {
  if (data.length > MAX_NOTE_BYTES) throw damaged(`a message of ${plural(data.length, 'byte')} in /rerun`);
  return parseJson(rerunPartSchema, new TextDecoder().decode(data), 'an action', MAX_PART_VALUES);
}
