import { type BuildPlaces, type KnownPlace, MAX_BUILD_PLACES, PlacesFolder } from './places-folder.ts';

/** Places kept in memory, of all builds; the least recently used builds are dropped. */
const MAX_PLACES = 200_000;

interface Build {
  readonly places: BuildPlaces;
  isSaved: boolean;
}

/**
 * Places of code by build, for all processes that are inspected: a program that is attached to or started again needs its debug
 * information for new places only. With a folder they outlive this process.
 */
export class KnownPlaces {
  private readonly folder: PlacesFolder | null;
  /** The last one used is at the end. */
  private readonly builds = new Map<string, Build>();
  private count = 0;

  constructor(folder: PlacesFolder | null) {
    this.folder = folder;
  }

  /** Null if they are not known. @param build names the contents of a file */
  at(build: string, address: bigint): readonly KnownPlace[] | null {
    return this.open(build).places.get(address) ?? null;
  }

  add(build: string, address: bigint, found: readonly KnownPlace[]): void {
    const one = this.open(build);
    const { places } = one;
    if (places.has(address)) return;
    if (places.size >= MAX_BUILD_PLACES) {
      const [oldest] = places.keys();
      places.delete(oldest);
      this.count--;
    }
    places.set(address, found);
    one.isSaved = false;
    this.count++;
    this.makeRoom(build);
  }

  /** Writes new places to the folder. */
  save(): void {
    for (const [build, one] of this.builds) {
      if (one.isSaved) continue;
      this.folder?.write(build, one.places);
      one.isSaved = true;
    }
  }

  private open(build: string): Build {
    let one = this.builds.get(build);
    if (one === undefined) {
      one = { places: this.folder?.read(build) ?? new Map<bigint, readonly KnownPlace[]>(), isSaved: true };
      this.count += one.places.size;
    } else this.builds.delete(build);
    this.builds.set(build, one);
    return one;
  }

  private makeRoom(except: string): void {
    for (const [build, one] of this.builds) {
      if (this.count <= MAX_PLACES || build === except) return;
      if (!one.isSaved) this.folder?.write(build, one.places);
      this.builds.delete(build);
      this.count -= one.places.size;
    }
  }
}

let known = new KnownPlaces(null);

/** The places that this process shares. */
export const knownPlaces = (): KnownPlaces => known;

/** Keeps known places in folder `path` from now on. */
export function keepPlacesIn(path: string): void {
  known = new KnownPlaces(new PlacesFolder(path));
}
