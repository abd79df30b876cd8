import { closeSync, readdirSync, readSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { formatPage, PAGE_SIZE } from '#shared/memory/page.ts';
import { readError } from '../recording/file-errors.ts';
import { checksumOf, damaged, openPages, readManifest } from './dump-files.ts';
import { dumpFolder } from './dump-writer.ts';
import type { Manifest } from './manifest.ts';

/** Where the contents of a page are: the dump, and the place in its file, in pages. */
interface Place {
  readonly dump: number;
  readonly at: number;
}

type PagePlace = readonly [page: number, place: Place | null];

/** The dumps of one directory, checked. */
export class DumpSeries {
  readonly manifests: readonly Manifest[];
  private readonly directory: string;

  private constructor(directory: string, manifests: readonly Manifest[]) {
    this.directory = directory;
    this.manifests = manifests;
  }

  /** Reads and checks the manifests. Throws InspectorError of kind `damaged-file` or `io`. */
  static open(directory: string): DumpSeries {
    let names: string[];
    try {
      names = readdirSync(directory).filter((name) => /^\d{4,}$/.test(name));
    } catch (cause) {
      throw readError(cause, directory);
    }
    if (names.length === 0) throw damaged(directory, 'it contains no dump');
    const numbers = names.map(Number).sort((a, b) => a - b);
    const manifests = numbers.map((number, i) => {
      if (number !== i + 1) throw damaged(directory, `dump ${i + 1} is missing`);
      return readManifest(dumpFolder(directory, number), number);
    });
    for (const { series, number, kind } of manifests) {
      if (series !== manifests[0].series)
        throw damaged(directory, `dump ${number} belongs to another series`);
      if (kind !== (number === 1 ? 'full' : 'increment'))
        throw damaged(directory, `dump ${number} is of the wrong kind`);
    }
    return new DumpSeries(directory, manifests);
  }

  /** Reads every page of the dumps and compares checksums. Throws InspectorError of kind `damaged-file`. */
  verify(): void {
    const latest = new Map<number, Place>();
    for (const manifest of this.manifests) {
      const folder = dumpFolder(this.directory, manifest.number);
      if (checksumOf(folder, manifest.pages) !== manifest.crc32)
        throw damaged(folder, 'the checksum of its pages is wrong');
      addPlaces(latest, manifest);
      this.resolve(manifest, latest);
    }
  }

  /** The manifest of dump `number`. Throws InspectorError if there is no such dump. */
  require(number: number): Manifest {
    const manifest = this.manifests[number - 1] as Manifest | undefined;
    if (manifest) return manifest;
    throw new InspectorError(
      'bad-request',
      `There is no dump ${number}; the last is ${this.manifests.length}.`,
    );
  }

  /**
   * The state at dump `number`: its manifest, and for each of its pages where the latest contents are, ascending; null if
   * it could not be read. Throws InspectorError if a page is in no dump.
   */
  private placesOf(number: number): { manifest: Manifest; places: PagePlace[] } {
    const manifest = this.require(number);
    const latest = new Map<number, Place>();
    for (const earlier of this.manifests.slice(0, number)) addPlaces(latest, earlier);
    return { manifest, places: this.resolve(manifest, latest) };
  }

  private resolve(
    { number, own, unread: unreadRuns }: Manifest,
    latest: ReadonlyMap<number, Place>,
  ): PagePlace[] {
    const unread = new Set<number>();
    for (const [start, count] of unreadRuns) for (let i = 0; i < count; i++) unread.add(start + i);
    const places: PagePlace[] = [];
    for (const [start, count] of own) {
      for (let page = start; page < start + count; page++) {
        const place = unread.has(page) ? null : latest.get(page);
        if (place === undefined)
          throw damaged(this.directory, `dump ${number} needs page ${formatPage(page)}, which no dump has`);
        places.push([page, place]);
      }
    }
    return places;
  }

  /** Visits the contents of the pages of dump `number`, ascending. `bytes` is overwritten after the call. */
  forEachPage(number: number, visit: (page: number, bytes: Uint8Array) => void): Manifest {
    const { manifest, places } = this.placesOf(number);
    const files = new Map<number, number>();
    const bytes = Buffer.alloc(PAGE_SIZE);
    try {
      for (const [page, place] of places) {
        if (place === null) continue;
        let fd = files.get(place.dump);
        if (fd === undefined) files.set(place.dump, (fd = openPages(dumpFolder(this.directory, place.dump))));
        if (readSync(fd, bytes, 0, PAGE_SIZE, place.at * PAGE_SIZE) !== PAGE_SIZE)
          throw damaged(dumpFolder(this.directory, place.dump), 'its pages end too early');
        visit(page, bytes);
      }
    } finally {
      for (const fd of files.values()) closeSync(fd);
    }
    return manifest;
  }
}

/** The contents of a dump take the place of earlier ones. */
function addPlaces(latest: Map<number, Place>, { number: dump, pages }: Manifest): void {
  for (const [start, count, at] of pages)
    for (let i = 0; i < count; i++) latest.set(start + i, { dump, at: at + i });
}
