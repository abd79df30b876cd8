import { randomUUID } from 'node:crypto';
import { InspectorError } from '#shared/contract/errors.ts';
import { MAX_MARKS, type Mark } from '#shared/contract/recording.ts';

/** A mark that is to be added; `timeNs` null: now. */
export type NewMark = Omit<Mark, 'id' | 'timeNs'> & { readonly timeNs: number | null };

export interface MarkStoreOptions {
  readonly marks: readonly Mark[];
  /** The session's time, or the position of a recording. */
  nowNs(): number;
  /** A mark was added or changed, or (null) removed. */
  changed(id: string, mark: Mark | null): void;
}

/** The marks of what is open, ascending by time. */
export class MarkStore {
  private readonly marks: Mark[];
  private readonly options: MarkStoreOptions;

  constructor(options: MarkStoreOptions) {
    this.marks = [...options.marks].sort(byTime);
    this.options = options;
  }

  get list(): Mark[] {
    return [...this.marks];
  }

  add({ timeNs, ...mark }: NewMark): Mark {
    if (this.marks.length >= MAX_MARKS) {
      throw new InspectorError('bad-request', `There are ${MAX_MARKS} marks already.`, 'Remove some first.');
    }
    return this.put({ ...mark, timeNs: timeNs ?? this.options.nowNs(), id: randomUUID() });
  }

  /** What is missing or undefined stays unchanged. */
  change(change: { readonly id: string } & { readonly [K in keyof Mark]?: Mark[K] | undefined }): Mark {
    const { id, timeNs, note, colour } = change;
    const before = this.find(id);
    this.marks.splice(this.marks.indexOf(before), 1);
    return this.put({
      id,
      timeNs: timeNs ?? before.timeNs,
      note: note ?? before.note,
      colour: colour ?? before.colour,
    });
  }

  remove(id: string): void {
    this.marks.splice(this.marks.indexOf(this.find(id)), 1);
    this.options.changed(id, null);
  }

  private put(mark: Mark): Mark {
    this.marks.push(mark);
    this.marks.sort(byTime);
    this.options.changed(mark.id, mark);
    return mark;
  }

  private find(id: string): Mark {
    const found = this.marks.find((mark) => mark.id === id);
    if (found) return found;
    throw new InspectorError('bad-request', 'This mark no longer exists.', 'It was removed.');
  }
}

const byTime = (a: Mark, b: Mark): number => a.timeNs - b.timeNs;
