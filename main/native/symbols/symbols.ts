import { readFileSync } from 'node:fs';
import type { CodePlace } from '#shared/contract/writers.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { forEachMapsLine, type MapsVma, parseMapsLine } from '../process/maps.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { CallSites, type CodeKind } from './call-sites.ts';
import { DataSymbols, type DataSymbol } from './data-symbols.ts';
import { demangled } from './demangle.ts';
import { finish } from './in-slices.ts';
import { knownPlaces } from './known-places.ts';
import { type Libdw, libdw } from './libdw.ts';
import { ModuleFiles } from './module-files.ts';
import { ModulePlaces } from './module-places.ts';
import { PeImage } from './pe-images.ts';
import { PerfMap } from './perf-map.ts';
import { type CopiedStack, type UnwoundStack, Unwinder } from './unwinder.ts';

const MAX_CACHED = 100_000;
/** How often the list of loaded files is read again because an address is in none, in milliseconds. */
const REFRESH_MS = 1000;

let unwinder: Unwinder | null = null;
let moduleFiles: ModuleFiles | null = null;

/**
 * Names of code addresses of a running process, by libdw. Without libdw, functions are unknown and module and offset are
 * the contents of maps.
 */
export class Symbols {
  private readonly pid: number;
  private readonly library: Libdw | null;
  private modulePlaces: ModulePlaces | null = null;
  private readonly compiled: PerfMap;
  private dwfl = 0n;
  /** Id in ModuleFiles. */
  private filesId = 0n;
  private callSites: CallSites | null = null;
  private canUnwind = false;
  private readonly cache = new Map<bigint, readonly CodePlace[]>();
  private readonly out = new NativeBuffer(64);
  private maps = '';
  private vmas: MapsVma[] = [];
  /** Images that Wine loaded. */
  private images: PeImage[] = [];
  private refreshedAt = -Infinity;

  constructor(pid: number) {
    this.pid = pid;
    this.library = libdw();
    this.compiled = new PerfMap(pid);
    this.refresh();
  }

  /** Why functions are not named; null if they are. */
  get limitation(): string | null {
    return this.library === null
      ? 'libdw is not installed, so functions are not named (Debian and Ubuntu: apt install libdw1).'
      : null;
  }

  /** The place of the instruction that contains the byte at `address`: of the innermost function. */
  place(address: bigint): CodePlace {
    return this.places(address)[0];
  }

  /** Like `place`, followed by the functions into which it was inlined, outwards. */
  places(address: bigint): readonly CodePlace[] {
    const known = this.cache.get(address);
    if (known) return known;
    if (this.cache.size > MAX_CACHED) this.cache.clear();
    let found = this.find(address);
    // The file may have been loaded since.
    if (found[0].module === null && found[0].function === null && this.refresh()) found = this.find(address);
    // A JIT compiler may put other code there later.
    if (found[0].module !== null) this.cache.set(address, found);
    return found;
  }

  /** The frames of a thread, from a copy of its stack; the stack ends where they are not known for certain. */
  unwind(stack: CopiedStack): UnwoundStack {
    // A JIT compiler may have put other code there.
    if (this.kindAt(stack.registers[16]) === 'none') this.refresh();
    if (!this.canUnwind || unwinder === null || this.callSites === null)
      return { frames: [stack.registers[16]], isWhole: false };
    const unwound = unwinder.unwind(this.dwfl, stack, this.callSites);
    if (!unwound.isWhole) this.refresh();
    return unwound;
  }

  private loadedIn(address: bigint): bigint {
    const vma = this.vmaAt(address);
    return vma === undefined ? address : this.loadedAt(vma, address);
  }

  private kindAt(address: bigint): CodeKind {
    const vma = this.vmaAt(address);
    if (!vma?.exec) return 'none';
    return isOfFile(vma) ? 'file' : 'compiled';
  }

  /** The variable that is called `name`, in one of the ways of `DataSymbols.named`; null if no loaded file has one. */
  data(name: string): DataSymbol | null {
    const index = finish(DataSymbols.of(this.dataSymbols(), (one) => this.demangled(one)));
    return finish(index.named(name));
  }

  /** Whether a loaded file has a thread-local variable `name`: each thread has its own, at another address. */
  isThreadLocal(name: string): boolean {
    for (const { name: own } of this.symbolsOf(STT_TLS)) {
      const whole = this.demangled(own);
      if (own === name || whole === name || whole.endsWith(`::${name}`)) return true;
    }
    return false;
  }

  /** The data symbol that holds the byte at `address`; null if none does. */
  dataAt(address: bigint): { readonly name: string; readonly offset: bigint; readonly bytes: number } | null {
    const { library, dwfl } = this;
    if (library === null || dwfl === 0n) return null;
    const inFile = this.fileBefore(address) ?? address;
    const module = BigInt(library.addrModule(dwfl, inFile) ?? 0);
    if (module === 0n) return null;
    const { u64, bytes, address: out } = this.out;
    // The offset at 0, GElf_Sym at 8.
    const name = library.addrInfo(module, address, out, out + 8n, 0, 0, 0);
    const [offset, size] = [u64[0], u64[3]];
    if (typeof name !== 'string' || (bytes[12] & 15) !== STT_OBJECT || offset >= size) return null;
    return { name: demangled(library, name), offset, bytes: Number(size) };
  }

  close(): void {
    this.end();
    knownPlaces().save();
  }

  private end(): void {
    if (this.dwfl !== 0n) this.library?.end(this.dwfl);
    moduleFiles?.remove(this.filesId);
    this.dwfl = 0n;
    this.canUnwind = false;
    this.callSites = null;
    this.modulePlaces = null;
  }

  demangled(name: string): string {
    return this.library === null ? name : demangled(this.library, name);
  }

  /** Reads the mappings again, once a second at most; returns whether they changed so that other code or data is there. */
  refresh(): boolean {
    const now = performance.now();
    if (now - this.refreshedAt < REFRESH_MS) return false;
    this.refreshedAt = now;
    const maps = readMaps(this.pid);
    if (maps === null || maps === this.maps) return false;
    this.maps = maps;
    const vmas: MapsVma[] = [];
    forEachMapsLine(maps, (line) => vmas.push(parseMapsLine(line)));
    const isSame = loadedFiles(vmas) === loadedFiles(this.vmas);
    this.vmas = vmas;
    if (!isSame) this.images = imagesOf(this.pid, vmas);
    const { library } = this;
    if (library === null || isSame) return !isSame;
    this.end();
    moduleFiles ??= new ModuleFiles(library);
    this.dwfl = BigInt(library.begin(library.callbacks.address) ?? 0);
    if (this.dwfl === 0n) return true;
    library.report(this.dwfl, this.pid);
    library.reportEnd(this.dwfl, 0, 0);
    const files = moduleFiles;
    const filesId = files.add(this.dwfl, { pid: this.pid, vmas });
    this.filesId = filesId;
    this.modulePlaces = new ModulePlaces(library, this.dwfl, (module) =>
      files.fingerprintOf(filesId, module),
    );
    const { dwfl, pid } = this;
    this.callSites = new CallSites({
      library,
      dwfl,
      pid,
      kind: (address) => this.kindAt(address),
      loadedAt: (address) => this.loadedIn(address),
    });
    unwinder ??= new Unwinder(library);
    this.canUnwind = unwinder.attach(this.dwfl, this.pid);
    return true;
  }

  private find(address: bigint): readonly CodePlace[] {
    const vma = this.vmaAt(address);
    const none = { function: null, module: null, offset: address, file: null, line: null };
    if (vma === undefined) return [none];
    const image = this.images.find(({ start, end }) => start <= address && address < end);
    if (image !== undefined) return [image.place(address)];
    // libdw attributes gaps between the segments of a file to that file.
    if (!isOfFile(vma)) return [{ ...none, function: this.compiled.name(address) }];
    const loaded = this.loadedAt(vma, address);
    return this.modulePlaces?.at(loaded) ?? [this.byMaps(vma, loaded)];
  }

  /** Where the file is loaded as a whole: V8 maps code of its own file a second time, near what it compiles. */
  private loadedAt(vma: MapsVma, address: bigint): bigint {
    if (this.isWhole(vma)) return address;
    const page = vma.pgoff + Number(address / BigInt(PAGE_SIZE)) - vma.start;
    const holds = ({ start, end, pgoff }: MapsVma) => pgoff <= page && page < pgoff + end - start;
    const whole = this.vmas.find((v) => v.name === vma.name && v.exec && holds(v) && this.isWhole(v));
    return whole === undefined
      ? address
      : BigInt(whole.start + page - whole.pgoff) * BigInt(PAGE_SIZE) + (address % BigInt(PAGE_SIZE));
  }

  /** Whether it is one of the mappings, one after another, of which the first begins at the file's first byte. */
  private isWhole(vma: MapsVma): boolean {
    let at = this.vmas.indexOf(vma);
    while (this.vmas[at - 1]?.name === vma.name && this.vmas[at].pgoff > 0) at--;
    return this.vmas[at].pgoff === 0;
  }

  private vmaAt(address: bigint): MapsVma | undefined {
    return this.vmas[this.indexAt(address)];
  }

  /** Index of the mapping that holds `address`; -1 if none does. */
  private indexAt(address: bigint): number {
    const page = Number(address / BigInt(PAGE_SIZE));
    const { vmas } = this;
    const at = lowerBound(0, vmas.length, (i) => vmas[i].end > page);
    return at < vmas.length && vmas[at].start <= page ? at : -1;
  }

  /** The last byte of the file whose .bss holds `address`, in memory of no file after it: libdw ends modules there. */
  private fileBefore(address: bigint): bigint | null {
    let at = this.indexAt(address);
    if (this.vmas[at]?.name !== '') return null;
    while (this.vmas[at].name === '' && this.vmas[at - 1]?.end === this.vmas[at].start) at--;
    const { name, end } = this.vmas[at];
    return name.startsWith('/') ? BigInt(end) * BigInt(PAGE_SIZE) - 1n : null;
  }

  private byMaps(vma: MapsVma, address: bigint): CodePlace {
    const none = { function: null, file: null, line: null };
    if (!vma.name.startsWith('/')) return { ...none, module: null, offset: address };
    const first = this.vmas.find(({ name }) => name === vma.name) ?? vma;
    return { ...none, module: vma.name, offset: address - BigInt((first.start - first.pgoff) * PAGE_SIZE) };
  }

  /** The data symbols of all loaded files; ends where `refresh` or `close` was called since. */
  dataSymbols(): Generator<DataSymbol, void> {
    return this.symbolsOf(STT_OBJECT);
  }

  private *symbolsOf(type: number): Generator<DataSymbol, void> {
    const { library, dwfl } = this;
    if (library === null || dwfl === 0n) return;
    const { u64, u32, bytes, address: out } = this.out;
    for (const module of this.modules(library)) {
      if (this.dwfl !== dwfl) return;
      library.moduleInfo(module, 0, out, out + 8n, 0, 0, 0, 0);
      const [start, end] = u64;
      const count = Number(library.symbolCount(module));
      for (let i = 0; i < count && this.dwfl === dwfl; i++) {
        // GElf_Sym at 0, the address at 24.
        const name = library.symbolInfo(module, i, out, out + 24n, 0, 0, 0);
        const isOfType = (bytes[4] & 15) === type && u32[1] >>> 16 !== SHN_UNDEF;
        const [, , size, address] = u64;
        // Symbols of sections that are not loaded have addresses outside.
        const isLoaded =
          type === STT_TLS || (address >= start && (address < end || this.fileBefore(address) !== null));
        if (typeof name === 'string' && isOfType && isLoaded) yield { name, address, bytes: Number(size) };
      }
    }
  }

  private modules(library: Libdw): bigint[] {
    moduleCallback ??= library.callback('int', 5, (module) => {
      modulesFound.push(BigInt(module));
      return 0;
    });
    modulesFound = [];
    library.modules(this.dwfl, moduleCallback, 0, 0);
    return modulesFound;
  }
}

/** elf.h */
const STT_OBJECT = 1;
const STT_TLS = 6;
const SHN_UNDEF = 0;

let moduleCallback: bigint | null = null;
let modulesFound: bigint[] = [];

/** Whether libdw knows its code; the vdso counts. */
const isOfFile = ({ name, kind }: MapsVma): boolean => name.startsWith('/') || kind === 'special';

/** What libdw reads of the mappings. */
const loadedFiles = (vmas: readonly MapsVma[]): string =>
  vmas
    .filter(isOfFile)
    .map(({ name, start, pgoff }) => `${start} ${pgoff} ${name}`)
    .join('\n');

const imagesOf = (pid: number, vmas: readonly MapsVma[]): PeImage[] =>
  vmas.flatMap((vma) => (vma.name.startsWith('/') && vma.pgoff === 0 ? (PeImage.of(pid, vma) ?? []) : []));

/** Null once the program has ended; what is known stays known. */
function readMaps(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1') || null;
  } catch {
    return null;
  }
}
