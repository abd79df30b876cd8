import {
  type CodePlace,
  type FoundWrite,
  MAX_PLACES,
  MAX_WRITER_RUNS,
  MAX_WRITERS,
  type WritersInterval,
} from '#shared/contract/writers.ts';

/** Collects the first writes of one sample, within the bounds of an interval. */
export class IntervalBuilder {
  private readonly places = new Indexed<CodePlace>(MAX_PLACES);
  private readonly writers = new Indexed<WritersInterval['writers'][number]>(MAX_WRITERS);
  private readonly pages = new Map<number, number>();
  private omitted = 0;
  private writes = 0;

  add({ page, tid, thread, stack }: FoundWrite): void {
    this.writes++;
    const frames = stack.map((place) => this.places.of(placeKey(place), place));
    // Callers that do not fit are cut off; code that does not fit has no writer.
    const end = frames.indexOf(-1);
    const kept = end < 0 ? frames : frames.slice(0, end);
    const writer =
      kept.length === 0
        ? -1
        : this.writers.of(`${tid} ${thread} ${kept.join()}`, { tid, thread, stack: kept });
    if (writer < 0) this.omitted++;
    else if (!this.pages.has(page)) this.pages.set(page, writer);
  }

  /** Null if nothing was added and nothing was lost. */
  build(timeNs: number, lost: number): WritersInterval | null {
    if (this.writes === 0 && lost === 0) return null;
    const runs: number[] = [];
    let { omitted } = this;
    for (const [page, writer] of [...this.pages].sort(([a], [b]) => a - b)) {
      const last = runs.length - 3;
      if (last >= 0 && runs[last] + runs[last + 1] === page && runs[last + 2] === writer) runs[last + 1]++;
      else if (runs.length < 3 * MAX_WRITER_RUNS) runs.push(page, 1, writer);
      else omitted++;
    }
    const { items: places } = this.places;
    return { timeNs, places, writers: this.writers.items, runs, omitted, lost };
  }
}

/** Items by key, each once, up to a number. */
class Indexed<T> {
  readonly items: T[] = [];
  private readonly max: number;
  private readonly indexes = new Map<string, number>();

  constructor(max: number) {
    this.max = max;
  }

  /** Index of the item; -1 if there is no room for another. */
  of(key: string, item: T): number {
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    if (this.items.length >= this.max) return -1;
    this.indexes.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

/** Places with the same key are the same. */
export const placeKey = ({ function: name, module, offset, file, line }: CodePlace): string =>
  `${module}\n${offset}\n${name}\n${file}\n${line}`;
