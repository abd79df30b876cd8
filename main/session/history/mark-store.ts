import { randomUUID } from 'node:crypto';
import { InspectorError } from '#shared/contract/errors.ts';
import { MAX_MARKS, type Mark } from '#shared/contract/recording.ts';

/** Who hears of changes of marks. */
export interface MarkListener {
  changed(mark: Mark): void;
  removed(id: string): void;
}

/** The marks of what is open, ascending by time. */
export class MarkStore {
  private list: Mark[];
  private readonly listener: MarkListener;

  constructor(marks: readonly Mark[], listener: MarkListener) {
    this.list = [...marks].sort(byTime);
    this.listener = listener;
  }

  get marks(): Mark[] {
    return [...this.list];
  }

  add(mark: Omit<Mark, 'id'>): Mark {
    if (this.list.length >= MAX_MARKS) {
      throw new InspectorError('bad-request', `There are ${MAX_MARKS} marks already.`, 'Remove some first.');
    }
    return this.put({ ...mark, id: randomUUID() });
  }

  /** What is missing or undefined stays as it is. */
  change(change: { readonly id: string } & { readonly [K in keyof Mark]?: Mark[K] | undefined }): Mark {
    const { id, timeNs, note, colour } = change;
    const before = this.find(id);
    this.list.splice(this.list.indexOf(before), 1);
    return this.put({
      id,
      timeNs: timeNs ?? before.timeNs,
      note: note ?? before.note,
      colour: colour ?? before.colour,
    });
  }

  remove(id: string): void {
    this.list.splice(this.list.indexOf(this.find(id)), 1);
    this.listener.removed(id);
  }

  private put(mark: Mark): Mark {
    this.list.push(mark);
    this.list.sort(byTime);
    this.listener.changed(mark);
    return mark;
  }

  private find(id: string): Mark {
    const found = this.list.find((mark) => mark.id === id);
    if (found) return found;
    throw new InspectorError('bad-request', 'There is no such mark any more.', '');
  }
}

const byTime = (a: Mark, b: Mark): number => a.timeNs - b.timeNs;
