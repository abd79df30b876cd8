/** A part of a simulated program's memory that has a name, as /proc/PID/maps shows it. */
export class Region {
  readonly name: string;
  /** First page; changes if the memory moves. */
  page: number;
  pages: number;
  /** Where the file begins in the simulator's one file; 0 for memory without a file. */
  readonly filePage: number;

  constructor(name: string, page: number, pages: number, filePage = 0) {
    this.name = name;
    this.page = page;
    this.pages = pages;
    this.filePage = filePage;
  }

  get end(): number {
    return this.page + this.pages;
  }
}

/** The region that holds `page`, or null. */
export function regionAt(regions: readonly Region[], page: number): Region | null {
  return regions.find((region) => page >= region.page && page < region.end) ?? null;
}
