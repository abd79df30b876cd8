/** The machine that a scenario runs on: its settings in the file, and the defaults. */
import { z } from 'zod';
import { PAGE_SIZE, TILE_BYTES, USER_PAGES_5_LEVEL } from '#shared/memory/page.ts';
import { address, integer, word } from './fields.ts';
import { KERNEL_PROFILES, MODES, THP_MODES } from './vocabulary.ts';

const pageAligned = address.refine((value) => value % BigInt(PAGE_SIZE) === 0n, 'must be a multiple of 4096');

/** The part of the address space that `vmas`, `ptes` and `hugepages` list: its first byte, page aligned, and its pages. */
export const arenaSchema = z.strictObject({ start: pageAligned, pages: integer(1, USER_PAGES_5_LEVEL) });
export type Arena = Readonly<z.output<typeof arenaSchema>>;

export const machineSchema = z.strictObject({
  mode: word(MODES).default('documented'),
  thp: word(THP_MODES).default('madvise'),
  /** fault_around_bytes: a power of two; 4096 disables it. */
  faultAround: integer(PAGE_SIZE, TILE_BYTES)
    .refine((bytes) => Number.isInteger(Math.log2(bytes)), 'must be a power of two')
    .default(65536),
  profile: word(KERNEL_PROFILES).default('linux-6.1'),
  /** Five-level page tables: user space ends at 2^56 - 4096 instead of 2^47 - 4096. */
  la57: z.boolean().default(false),
  /** Whether there is swap space; without it anonymous memory is never reclaimed. */
  swap: z.boolean().default(true),
  /** vm.max_map_count. */
  maxMapCount: integer(1, 2 ** 31 - 1).default(65530),
  /** Pages that all processes together may populate (entries of any sort); an access beyond it ends in SIGKILL. */
  memoryPages: integer(1, 2 ** 24).default(2 ** 20),
  /** Where the heap starts (mm->start_brk), page aligned. */
  heap: pageAligned.default(0x555555559000n),
});

/** The simulated machine and process that the steps run on. */
export type MachineSettings = Readonly<z.output<typeof machineSchema>> & {
  /** What `vmas`, `ptes` and `hugepages` list; null: everything. */
  readonly arena: Arena | null;
};

export const DEFAULT_MACHINE: MachineSettings = { ...machineSchema.parse({}), arena: null };
