import type { Vma, VmaKind } from '#shared/memory/vma.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';

/** One line of /proc/PID/maps. Without tracking state. */
export type MapsVma = Omit<Vma, 'tracked' | 'untracked'>;

/**
 * `55d0c000-55d0e000 rw-p 00001000 fe:00 1234   /usr/bin/x`: one line to a VMA. Addresses stay exact as numbers: they
 * are below 2^57 and multiples of 4096. Source: fs/proc/task_mmu.c, show_map_vma.
 */
export function parseMapsLine(line: string): MapsVma {
  const dash = line.indexOf('-');
  const space = line.indexOf(' ', dash);
  const rights = space + 1;
  const offsetEnd = line.indexOf(' ', rights + 5);
  const deviceEnd = line.indexOf(' ', offsetEnd + 1);
  const inodeEnd = line.indexOf(' ', deviceEnd + 1);
  const name = inodeEnd < 0 ? '' : unescapeName(line.slice(inodeEnd).trimStart());
  const inode = line.slice(deviceEnd + 1, inodeEnd < 0 ? undefined : inodeEnd);
  return {
    start: Number.parseInt(line.slice(0, dash), 16) / PAGE_SIZE,
    end: Number.parseInt(line.slice(dash + 1, space), 16) / PAGE_SIZE,
    read: line[rights] === 'r',
    write: line[rights + 1] === 'w',
    exec: line[rights + 2] === 'x',
    kind: kindOf(name, line[rights + 3] === 's', inode !== '0', line.startsWith('00:', offsetEnd + 1)),
    name,
    pgoff: Number.parseInt(line.slice(rights + 5, offsetEnd), 16) / PAGE_SIZE,
    softDirty: false,
    flags: '',
  };
}

/** The kernel writes a newline in a file's name as \012, and a backslash as it is: these four characters read as a newline. */
function unescapeName(name: string): string {
  return name.includes('\\012') ? name.replaceAll('\\012', '\n') : name;
}

/** Files of the kernel's own that hold anonymous memory; a file on a disk may have the same name. */
const SYSTEM_V = /^\/SYSV[0-9a-f]{8} \(deleted\)$/;

/** `noDisk`: its device has major number 0, like those of the kernel's internal file systems. */
function kindOf(name: string, shared: boolean, file: boolean, noDisk: boolean): VmaKind {
  if (name === '[heap]') return 'heap';
  if (name === '[stack]') return 'stack';
  if (name.startsWith('[v') || name === '[uprobes]') return 'special';
  // MAP_ANONYMOUS | MAP_HUGETLB is a file of the kernel's own hugetlbfs.
  if (noDisk && name === '/anon_hugepage (deleted)') return shared ? 'anon-shared' : 'anon-private';
  if (shared) {
    // Shared anonymous memory is a file of the kernel's own tmpfs, and so is System V shared memory.
    const anonymous =
      (noDisk && (name === '/dev/zero (deleted)' || SYSTEM_V.test(name))) || name.startsWith('[');
    return anonymous ? 'anon-shared' : 'file-shared';
  }
  return file ? 'file-private' : 'anon-private';
}

/** Calls `visit` for every line of a maps file. */
export function forEachMapsLine(text: string, visit: (line: string) => void): void {
  for (let at = 0; at < text.length;) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    if (end > at) visit(text.slice(at, end));
    at = end + 1;
  }
}
