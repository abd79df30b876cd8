/**
 * The scenario format after validation: the machine and every operation that a step can ask for (results.ts: what comes
 * of it). In the file addresses are hex strings and lengths numbers (either may be either); here both are `bigint` bytes,
 * exact to 64 bits.
 */
import type { StepResult } from './results.ts';

export * from './page-categories.ts';
export type * from './results.ts';

/** `documented`: as the patch's documentation says; `posted`: as PATCH v2's code does, defects included. */
export const MODES = ['documented', 'posted'] as const;
export type Mode = (typeof MODES)[number];

/** /sys/kernel/mm/transparent_hugepage/enabled. */
export const THP_MODES = ['always', 'madvise', 'never'] as const;
export type ThpMode = (typeof THP_MODES)[number];

/** `sticky-merge`: a merge keeps VM_SOFTDIRTY if any part had it (Linux since 2026); `linux-6.1`: it is overwritten. */
export const KERNEL_PROFILES = ['linux-6.1', 'sticky-merge'] as const;
export type KernelProfile = (typeof KERNEL_PROFILES)[number];

/** The part of the address space that `vmas`, `ptes` and `hugepages` list. */
export interface Arena {
  /** First byte, page aligned. */
  readonly start: bigint;
  readonly pages: number;
}

/** The simulated machine and process that the steps run on; every field has a default. */
export interface MachineSettings {
  /** Default `documented`. */
  readonly mode: Mode;
  /** Default `madvise`. */
  readonly thp: ThpMode;
  /** fault_around_bytes: a power of two from 4096 (off) up; default 65536. */
  readonly faultAround: number;
  /** Default `linux-6.1`. */
  readonly profile: KernelProfile;
  /** Five-level page tables: user space ends at 2^56 - 4096 instead of 2^47 - 4096. Default false. */
  readonly la57: boolean;
  /** Whether there is swap space; without it anonymous memory is never reclaimed. Default true. */
  readonly swap: boolean;
  /** vm.max_map_count; default 65530. */
  readonly maxMapCount: number;
  /** Pages that all processes together may populate (entries of any sort); an access beyond it is killed (SIGKILL). Default 2^20. */
  readonly memoryPages: number;
  /** Where the heap starts (mm->start_brk), page aligned; default 0x555555559000. */
  readonly heap: bigint;
  /** What `vmas`, `ptes` and `hugepages` list; null (the default where the file has none): everything. */
  readonly arena: Arena | null;
}

/** What a learner reads; never seen by the engine. */
export interface Telling {
  readonly title?: string;
  readonly text?: string;
  readonly ask?: string;
}

export interface Scenario extends Telling {
  readonly name: string;
  readonly description: string;
  readonly machine: MachineSettings;
  /** GET results list `vec` beside `vecRuns`. */
  readonly fullVec: boolean;
  readonly steps: readonly ScenarioStep[];
}

/** A step as the file has it: what to do, what to tell, and the recorded result (unread by `run`). */
export interface ScenarioStep extends Telling {
  readonly step: Step;
  readonly result?: unknown;
}

/** The letters r, w and x in this order, or `none`. */
export const PROTECTIONS = ['none', 'r', 'rw', 'rx', 'rwx', 'w', 'wx', 'x'] as const;
export type Protection = (typeof PROTECTIONS)[number];

/**
 * `file-*`: one memfd a scenario; `special`: VM_PFNMAP, as a device maps its memory (present at once, no faults);
 * `hugetlb`: private anonymous MAP_HUGETLB of 2 MiB pages (address and length must be multiples of it).
 */
export const MAP_KINDS = [
  'anon-private',
  'anon-shared',
  'file-private',
  'file-shared',
  'special',
  'hugetlb',
] as const;
export type MapKind = (typeof MAP_KINDS)[number];

/** `noreplace`: MAP_FIXED_NOREPLACE (the default); `fixed`: MAP_FIXED; `hint`: at `addr` if free, else top-down from 0x7ffff7fff000. */
export const PLACES = ['noreplace', 'fixed', 'hint'] as const;
export type Place = (typeof PLACES)[number];

/** Result {ret: address} or {errno}. */
export interface MmapStep {
  readonly op: 'mmap';
  readonly addr: bigint;
  readonly len: bigint;
  readonly prot: Protection;
  readonly kind: MapKind;
  readonly place?: Place;
  /** Offset into the file; default addr - 0x100000000 (file kinds only). */
  readonly offset?: bigint;
}

export interface MunmapStep {
  readonly op: 'munmap';
  readonly addr: bigint;
  readonly len: bigint;
}

export interface MprotectStep {
  readonly op: 'mprotect';
  readonly addr: bigint;
  readonly len: bigint;
  readonly prot: Protection;
}

/**
 * Without newAddr: flags 0, never moves, save with `mayMove` (MREMAP_MAYMOVE: to a place as `hint` finds).
 * With newAddr: MREMAP_MAYMOVE | MREMAP_FIXED. `dontunmap` adds MREMAP_DONTUNMAP. Result {ret: address} or {errno}.
 */
export interface MremapStep {
  readonly op: 'mremap';
  readonly addr: bigint;
  readonly len: bigint;
  readonly newLen: bigint;
  readonly newAddr?: bigint;
  readonly mayMove?: boolean;
  readonly dontunmap?: boolean;
}

/** The system call: result {ret: the break after it}; an impossible break leaves it where it was. addr 0 asks. */
export interface BrkStep {
  readonly op: 'brk';
  readonly addr: bigint;
}

export const ADVICES = [
  'hugepage',
  'nohugepage',
  'dontneed',
  'free',
  'pageout',
  'populate_read',
  'populate_write',
  'collapse',
  'guard_install',
  'guard_remove',
] as const;
export type Advice = (typeof ADVICES)[number];

export interface MadviseStep {
  readonly op: 'madvise';
  readonly addr: bigint;
  readonly len: bigint;
  readonly advice: Advice;
}

/** One byte access to every page touched by [addr, addr + len), ascending; stops at the first fault: {signal, page}. */
export interface AccessStep {
  readonly op: 'read' | 'write';
  readonly addr: bigint;
  readonly len: bigint;
}

/** A value written to /proc/self/clear_refs; default 4. 1, 2, 3: accessed bits of all, anonymous, file pages; 5: no effect; else EINVAL. */
export interface ClearRefsStep {
  readonly op: 'clear_refs';
  readonly value?: number;
}

/** The remaining steps run in the child; the parent sleeps and keeps its references. {ret: 0}, or EAGAIN above 64 processes. */
export interface ForkStep {
  readonly op: 'fork';
}

/** Goes on in process n: 0 is the first, each fork makes the next number. {ret: n} or ESRCH. */
export interface SwitchStep {
  readonly op: 'switch';
  readonly process: number;
}

/** The process ends; the steps go on in its parent, or in the nearest ancestor alive: {ret: its number}. EPERM where no ancestor is alive. */
export interface ExitStep {
  readonly op: 'exit';
}

export const IOCTL_COMMANDS = ['GET', 'CLEAR', 'GET_AND_CLEAR', 'BAD'] as const;
export type IoctlCommand = (typeof IOCTL_COMMANDS)[number];

/** Where `vec` points; absent: a good buffer. `kernel` 0xffff800000000000, `unmapped` 0x10000, `badarg`: the argument block itself is unreadable. */
export const VEC_PLACES = ['null', 'kernel', 'unmapped', 'readonly', 'badarg'] as const;
export type VecPlace = (typeof VEC_PLACES)[number];

export interface IoctlStep {
  readonly op: 'ioctl';
  readonly cmd: IoctlCommand;
  readonly start: bigint;
  /** Bytes; negative and beyond-int values are legal input (EINVAL). */
  readonly len: bigint;
  readonly vecLen: number;
  readonly flags: number;
  readonly vec?: VecPlace;
  /** An address in the 2 MiB whose PMD entry is unstable while the walk passes (another thread collapses or splits it): defect B10. */
  readonly unstable?: bigint;
}

/** The bits of /proc/PID/pagemap for [addr, addr + len). */
export interface PagemapStep {
  readonly op: 'pagemap';
  readonly addr: bigint;
  readonly len: bigint;
}

export interface ViewStep {
  readonly op: 'vmas' | 'ptes' | 'hugepages';
}

/** pin_user_pages(FOLL_WRITE | FOLL_LONGTERM), one pin a page (pins count); {ret: pages}, or EFAULT with none of them pinned. */
export interface PinStep {
  readonly op: 'pin' | 'unpin';
  readonly addr: bigint;
  readonly len: bigint;
}

/** Memory pressure on these pages: anonymous ones go to swap, lazily freed ones are dropped, file pages lose their entries. {ret: pages that left}. */
export interface ReclaimStep {
  readonly op: 'reclaim';
  readonly addr: bigint;
  readonly len: bigint;
}

/** Every page is copied elsewhere (compaction, NUMA): {ret: pages moved}. */
export interface MigrateStep {
  readonly op: 'migrate';
  readonly addr: bigint;
  readonly len: bigint;
}

/** One pass of khugepaged over the whole process: {ret: huge pages made}. */
export interface KhugepagedStep {
  readonly op: 'khugepaged';
}

/** ftruncate of the scenario's memfd: pages past the end raise SIGBUS. Before it the file has no end. */
export interface TruncateStep {
  readonly op: 'truncate';
  readonly len: bigint;
}

/** userfaultfd with WP_ASYNC | WP_UNPOPULATED | WP_HUGETLBFS_SHMEM: register for write-protection, unregister, write-protect or lift it. */
export interface UffdStep {
  readonly op: 'uffd_register' | 'uffd_unregister' | 'uffd_writeprotect';
  readonly addr: bigint;
  readonly len: bigint;
  /** uffd_writeprotect only; default true. */
  readonly protect?: boolean;
}

/** PAGEMAP_SCAN; masks are sums of PAGE_IS_* (the file may also give a list of names). Flags: WP_MATCHING 1, CHECK_WPASYNC 2. */
export interface PagemapScanStep {
  readonly op: 'pagemap_scan';
  readonly start: bigint;
  readonly end: bigint;
  readonly flags: bigint;
  readonly vecLen: bigint;
  /** 0: no limit. */
  readonly maxPages: bigint;
  readonly inverted: bigint;
  readonly mask: bigint;
  readonly anyof: bigint;
  readonly returns: bigint;
  /** `null`: no buffer; it then must have vecLen 0. */
  readonly vec?: 'null';
}

export type Step =
  | MmapStep
  | MunmapStep
  | MprotectStep
  | MremapStep
  | BrkStep
  | MadviseStep
  | AccessStep
  | ClearRefsStep
  | ForkStep
  | SwitchStep
  | ExitStep
  | IoctlStep
  | PagemapStep
  | ViewStep
  | PinStep
  | ReclaimStep
  | MigrateStep
  | KhugepagedStep
  | TruncateStep
  | UffdStep
  | PagemapScanStep;
export type Op = Step['op'];

/**
 * What a scenario runs on: the simulated engine, the slow model, or a real process. `vec` is left to the interpreter,
 * which makes it from `vecRuns`; results list every other field.
 */
export interface Executor {
  execute(step: Step): StepResult;
}

export const DEFAULT_MACHINE: MachineSettings = {
  mode: 'documented',
  thp: 'madvise',
  faultAround: 65536,
  profile: 'linux-6.1',
  la57: false,
  swap: true,
  maxMapCount: 65530,
  memoryPages: 2 ** 20,
  heap: 0x555555559000n,
  arena: null,
};

/** Where file offset 0 lies unless a mmap says otherwise. */
export const FILE_BASE = 0x100000000n;
