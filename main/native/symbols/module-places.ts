import type { CodePlace } from '#shared/contract/writers.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { demangled } from './demangle.ts';
import { InlinedFunctions } from './inlined.ts';
import { knownPlaces } from './known-places.ts';
import type { Libdw } from './libdw.ts';

const NO_BIAS = 0xffff_ffff_ffff_ffffn;
const MIN_BUILD_ID_BYTES = 8;
const MAX_BUILD_ID_BYTES = 64;

/** The contents of a loaded file, and where they are. */
interface Build {
  readonly name: string;
  readonly bias: bigint;
  readonly path: string;
}

/** Names of code addresses in the modules of one Dwfl. Known places come from KnownPlaces, new ones go there. */
export class ModulePlaces {
  private readonly library: Libdw;
  private readonly dwfl: bigint;
  private readonly fingerprintOf: (module: bigint) => string | null;
  private readonly inlined: InlinedFunctions;
  /** By module; null for files without a build id. */
  private readonly builds = new Map<bigint, Build | null>();
  private readonly out = new NativeBuffer(64);

  /** @param fingerprintOf of a module's file; null if it has none: see ModuleFiles */
  constructor(library: Libdw, dwfl: bigint, fingerprintOf: (module: bigint) => string | null) {
    this.library = library;
    this.dwfl = dwfl;
    this.fingerprintOf = fingerprintOf;
    this.inlined = new InlinedFunctions(library);
  }

  /** The function at `address`, then those into which it was inlined, outwards; null if no module is loaded there. */
  at(address: bigint): readonly CodePlace[] | null {
    const module = BigInt(this.library.addrModule(this.dwfl, address) ?? 0);
    if (module === 0n) return null;
    const build = this.buildOf(module);
    if (build === null) return this.read(module, address);
    const inFile = address - build.bias;
    const known = knownPlaces().at(build.name, inFile);
    if (known !== null) return known.map((place) => ({ ...place, module: build.path }));
    const found = this.read(module, address);
    // A place without a line is not kept: debug information may be installed later.
    const lasting = found.flatMap(({ module: path, function: name, file, offset, line }) =>
      path === build.path && name !== null && file !== null && offset === inFile
        ? [{ function: name, offset, file, line }]
        : [],
    );
    if (lasting.length === found.length) knownPlaces().add(build.name, inFile, lasting);
    return found;
  }

  private buildOf(module: bigint): Build | null {
    const known = this.builds.get(module);
    if (known !== undefined) return known;
    const build = this.readBuild(module);
    this.builds.set(module, build);
    return build;
  }

  /** Reads the file's headers and notes only. */
  private readBuild(module: bigint): Build | null {
    const { library } = this;
    const { u64, address: out } = this.out;
    if (BigInt(library.elf(module, out) ?? 0) === 0n) return null;
    const bias = u64[0];
    const length = Number(library.buildId(module, out, out + 8n));
    const fingerprint = this.fingerprintOf(module);
    const path = library.moduleInfo(module, 0, 0, 0, 0, 0, 0, 0);
    if (length < MIN_BUILD_ID_BYTES || length > MAX_BUILD_ID_BYTES) return null;
    if (fingerprint === null || typeof path !== 'string') return null;
    const id = new NativeBuffer(length);
    library.copy(id.address, u64[0], length);
    return {
      name: `${Buffer.from(id.bytes.subarray(0, length)).toString('hex')}-${fingerprint}`,
      bias,
      path,
    };
  }

  private read(module: bigint, address: bigint): readonly CodePlace[] {
    const { library } = this;
    const { u64, i32, address: out } = this.out;
    // Reads the file's symbols first: after that its bias is known.
    const name = library.addrInfo(module, address, out, out + 8n, 0, 0, 0);
    u64[0] = 0n;
    u64[1] = NO_BIAS;
    const path = library.moduleInfo(module, 0, out, 0, 0, out + 8n, 0, 0);
    const offset = address - (u64[1] === NO_BIAS ? u64[0] : u64[1]);
    const line = BigInt(library.source(module, address) ?? 0);
    const file = line === 0n ? null : library.lineInfo(line, 0, out, 0, 0, 0);
    const place: CodePlace = {
      function: typeof name === 'string' ? demangled(library, name) : null,
      module: typeof path === 'string' ? path : null,
      offset,
      file: typeof file === 'string' ? file : null,
      line: typeof file === 'string' ? i32[0] : null,
    };
    const functions = place.file === null ? [] : this.inlined.at(module, address);
    if (functions.length === 0) return [place];
    // A function's place is the call site that the function inlined into it names.
    return functions.map((inlined, i) => ({
      ...place,
      function: i === functions.length - 1 ? place.function : inlined.name,
      ...(i > 0 && { file: functions[i - 1].callFile, line: functions[i - 1].callLine }),
    }));
  }
}
