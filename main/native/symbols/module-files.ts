import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readlinkSync, readSync, statSync, type BigIntStats } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { MapsVma } from '../process/maps.ts';
import { storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { Libdw } from './libdw.ts';

const DELETED = / \(deleted\)$/;
const DWARF_CB_OK = 0;
/** Bytes at both ends of a file that distinguish builds: its headers, and its section table and symbol names. */
const HEAD_BYTES = 4096;
const TAIL_BYTES = 2 ** 16;

/** A process whose modules libdw asks for. */
interface Owner {
  readonly pid: number;
  readonly vmas: readonly MapsVma[];
}

interface OwnedFiles extends Owner {
  /** Fingerprints of the files that libdw opened, by module: see `fingerprintOf`. */
  readonly fingerprints: Map<bigint, string>;
}

/**
 * Opens for libdw the files that processes have loaded. libdw's own dwfl_linux_proc_find_elf opens their names: in a container that
 * is another file or none, and none after the program was rebuilt while it runs.
 */
export class ModuleFiles {
  private readonly library: Libdw;
  private readonly owners = new Map<bigint, OwnedFiles>();
  private readonly tag: bigint;
  private readonly word = new NativeBuffer(8);
  private lastId = 0n;

  /** Must be created before the first Dwfl. */
  constructor(library: Libdw) {
    this.library = library;
    library.callbacks.u64[0] = library.callback('int', 6, (module, userData, name, base, fileName, elf) => {
      library.copy(this.word.address, userData, 8);
      const owner = this.owners.get(this.word.u64[0]);
      const page = Number(BigInt(base) / BigInt(PAGE_SIZE));
      const vma = owner?.vmas.find(({ start }) => start === page);
      if (owner === undefined || vma === undefined) return -1;
      // The vdso is read from memory.
      if (!vma.name.startsWith('/'))
        return Number(library.findVdso(module, userData, name, base, fileName, elf));
      const opened = openMapped(owner.pid, vma);
      if (opened === null) return -1;
      owner.fingerprints.set(BigInt(module), fingerprint(opened.fd));
      storeWord(BigInt(fileName), BigInt(library.duplicate(opened.path) ?? 0));
      return opened.fd;
    });
    this.tag = library.callback('int', 5, (_module, userData) => {
      storeWord(BigInt(userData), this.lastId);
      return DWARF_CB_OK;
    });
  }

  /** From now on modules of `dwfl` are files of process `pid`. Returns the number for `remove`. */
  add(dwfl: bigint, owner: Owner): bigint {
    this.owners.set(++this.lastId, { ...owner, fingerprints: new Map() });
    this.library.modules(dwfl, this.tag, 0, 0);
    return this.lastId;
  }

  /**
   * Distinguishes a module's file from others with the same build id: a stripped one, or another build whose id was
   * passed to the linker. Null if libdw opened none.
   * @param id of `add`
   */
  fingerprintOf(id: bigint, module: bigint): string | null {
    return this.owners.get(id)?.fingerprints.get(module) ?? null;
  }

  remove(id: bigint): void {
    this.owners.delete(id);
  }
}

/** The file of a mapping, with a path under which it is found here; null if it cannot be opened. */
function openMapped(pid: number, vma: MapsVma): { readonly fd: number; readonly path: string } | null {
  const proc = `/proc/${pid}`;
  const inside = `${proc}/root${vma.name}`;
  const ways = [
    // Needs no privilege, even if the file was deleted.
    ...(linkOf(`${proc}/exe`) === vma.name ? [`${proc}/exe`] : []),
    // Exact, for root.
    `${proc}/map_files/${hex(vma.start)}-${hex(vma.end)}`,
    ...(DELETED.test(vma.name) ? [] : [inside]),
  ];
  for (const way of ways) {
    const fd = openRegular(way);
    if (fd === null) continue;
    const path = [vma.name, inside].find((name) => isSame(fstatSync(fd, { bigint: true }), name)) ?? way;
    return { fd, path: Buffer.from(path, 'latin1').toString() };
  }
  return null;
}

/** Size, and a hash of both ends. */
function fingerprint(fd: number): string {
  const { size } = fstatSync(fd);
  const ends = Buffer.alloc(HEAD_BYTES + TAIL_BYTES);
  try {
    readSync(fd, ends, 0, HEAD_BYTES, 0);
    readSync(fd, ends, HEAD_BYTES, TAIL_BYTES, Math.max(0, size - TAIL_BYTES));
  } catch {
    // libdw reports what cannot be read.
  }
  return `${size}-${createHash('sha1').update(ends).digest('hex').slice(0, 16)}`;
}

/** Opening a device could have side effects. */
function openRegular(path: string): number | null {
  try {
    const name = Buffer.from(path, 'latin1');
    if (!statSync(name).isFile()) return null;
    const fd = openSync(name, 'r');
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch {
    // Not ours to read, or gone.
  }
  return null;
}

function isSame(file: BigIntStats, path: string): boolean {
  try {
    const { dev, ino } = statSync(Buffer.from(path, 'latin1'), { bigint: true });
    return dev === file.dev && ino === file.ino;
  } catch {
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path, 'latin1');
  } catch {
    return null;
  }
}

const hex = (page: number): string => (page * PAGE_SIZE).toString(16);
