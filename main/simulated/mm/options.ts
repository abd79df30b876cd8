/** The settings of a simulated machine. */
export interface MachineOptions {
  /** `documented`: the ioctl as its documentation says; `posted`: as PATCH v2's code does, defects shown. */
  readonly mode: 'documented' | 'posted';
  /** /sys/kernel/mm/transparent_hugepage/enabled. */
  readonly thp: 'always' | 'madvise' | 'never';
  /** Five-level page tables: user space ends at 2^56 - 4096. */
  readonly la57: boolean;
  /** Whether there is swap; without it anonymous memory is never reclaimed. */
  readonly swap: boolean;
  /** `sticky-merge`: a merge keeps VM_SOFTDIRTY if any part had it; `linux-6.1`: it is overwritten. */
  readonly profile: 'linux-6.1' | 'sticky-merge';
  /** fault_around_bytes: 4096 disables it. */
  readonly faultAround: number;
  /** vm.max_map_count. */
  readonly maxMapCount: number;
  /** Pages that all processes together may populate; an access beyond it ends in SIGKILL. */
  readonly memoryPages: number;
  /** Processes that may exist; a fork beyond it fails with EAGAIN. At most 255. */
  readonly maxProcesses: number;
  /** First byte of the heap (mm->start_brk), page aligned. */
  readonly heap: number;
}

export const DEFAULT_OPTIONS: MachineOptions = {
  mode: 'documented',
  thp: 'madvise',
  la57: false,
  swap: true,
  profile: 'linux-6.1',
  faultAround: 65536,
  maxMapCount: 65530,
  memoryPages: Infinity,
  maxProcesses: 64,
  heap: 0x555555559000,
};
