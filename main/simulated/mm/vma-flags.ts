/** vma->vm_flags, with the values of include/linux/mm.h (Linux 6.1, x86-64). */
export const VM_READ = 0x1;
export const VM_WRITE = 0x2;
export const VM_EXEC = 0x4;
export const VM_SHARED = 0x8;
const VM_MAYREAD = 0x10;
export const VM_MAYWRITE = 0x20;
const VM_MAYEXEC = 0x40;
export const VM_MAYSHARE = 0x80;
export const VM_PFNMAP = 0x400;
export const VM_UFFD_WP = 0x1000;
export const VM_IO = 0x4000;
export const VM_DONTEXPAND = 0x4_0000;
export const VM_ACCOUNT = 0x10_0000;
export const VM_HUGETLB = 0x40_0000;
export const VM_DONTDUMP = 0x400_0000;
export const VM_SOFTDIRTY = 0x800_0000;
export const VM_HUGEPAGE = 0x2000_0000;
export const VM_NOHUGEPAGE = 0x4000_0000;

export const VM_ACCESS = VM_READ | VM_WRITE | VM_EXEC;
export const VM_MAY_ACCESS = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
/** A VMA with one of these never merges (VM_SPECIAL). */
export const VM_SPECIAL = VM_IO | VM_DONTEXPAND | VM_PFNMAP;
/** Both bits that MAP_SHARED sets. */
export const VM_SHARED_BOTH = VM_SHARED | VM_MAYSHARE;

/** Two letters a flag, in the order of the bits: show_smap_vma_flags() in fs/proc/task_mmu.c. */
const MNEMONICS: readonly (readonly [number, string])[] = [
  [VM_READ, 'rd'],
  [VM_WRITE, 'wr'],
  [VM_EXEC, 'ex'],
  [VM_SHARED, 'sh'],
  [VM_MAYREAD, 'mr'],
  [VM_MAYWRITE, 'mw'],
  [VM_MAYEXEC, 'me'],
  [VM_MAYSHARE, 'ms'],
  [VM_PFNMAP, 'pf'],
  [VM_UFFD_WP, 'uw'],
  [VM_IO, 'io'],
  [VM_DONTEXPAND, 'de'],
  [VM_ACCOUNT, 'ac'],
  [VM_HUGETLB, 'ht'],
  [VM_DONTDUMP, 'dd'],
  [VM_SOFTDIRTY, 'sd'],
  [VM_HUGEPAGE, 'hg'],
  [VM_NOHUGEPAGE, 'nh'],
];

/** The VmFlags line of smaps: `rd wr mr mw me ac sd`. */
export function vmFlagsText(flags: number): string {
  let text = '';
  for (const [bit, letters] of MNEMONICS) if ((flags & bit) !== 0) text += text ? ` ${letters}` : letters;
  return text;
}

/** `rw-p`: the four letters of /proc/PID/maps. */
export function permissionsText(flags: number): string {
  return (
    (flags & VM_READ ? 'r' : '-') +
    (flags & VM_WRITE ? 'w' : '-') +
    (flags & VM_EXEC ? 'x' : '-') +
    (flags & VM_MAYSHARE ? 's' : 'p')
  );
}

/** What a new entry of a VMA may do (vma->vm_page_prot): 0 is PAGE_NONE. */
const PROT_ACCESSIBLE = 1;
export const PROT_WRITABLE = 2;
const PROT_EXECUTABLE = 4;

/** vm_get_page_prot(): private writable memory is read-only here: its first write must fault. */
function pageProtection(flags: number): number {
  if ((flags & VM_ACCESS) === 0) return 0;
  let prot = PROT_ACCESSIBLE;
  if ((flags & VM_WRITE) !== 0 && (flags & VM_SHARED) !== 0) prot |= PROT_WRITABLE;
  if ((flags & VM_EXEC) !== 0) prot |= PROT_EXECUTABLE;
  return prot;
}

/**
 * vma_wants_writenotify(): whether the first write to a page of this shared VMA must fault. `prot` is the current
 * vm_page_prot; if it is not what the flags give, the kernel returns false. All shared files here are shmem, whose
 * dirty pages need no write-back.
 */
export function wantsWriteNotify(flags: number, prot: number): boolean {
  if ((flags & VM_WRITE) === 0 || (flags & VM_SHARED) === 0) return false;
  if (prot !== pageProtection(flags)) return false;
  return (flags & VM_SOFTDIRTY) === 0 || (flags & VM_UFFD_WP) !== 0;
}

/** vma_set_page_prot(): the vm_page_prot that belongs to the flags. */
export function notifiedProtection(flags: number): number {
  const prot = pageProtection(flags);
  return wantsWriteNotify(flags, prot) ? pageProtection(flags & ~VM_SHARED) : prot;
}
