import type { Parameter } from '#shared/contract/parameter.ts';
import { machineSchema } from '../../scenarios/machine.ts';
import type { MachineOptions } from '../mm/options.ts';
import { wholeNumber, type Settings } from '../workloads/settings.ts';

/** What can be changed while the program runs; `speed` is in steps a second. */
const LIVE: readonly Parameter[] = [
  wholeNumber('speed', 'Speed', 'steps/s', { min: 1, max: 1000, default: 30 }),
  {
    type: 'choice',
    name: 'mode',
    label: 'Soft-dirty ioctl',
    choices: [
      { value: 'documented', label: 'as documented' },
      { value: 'posted', label: 'as posted, with its defects' },
    ],
    default: 'documented',
  },
  {
    type: 'choice',
    name: 'thp',
    label: 'Transparent huge pages',
    choices: [
      { value: 'always', label: 'always' },
      { value: 'madvise', label: 'madvise only' },
      { value: 'never', label: 'never' },
    ],
    default: 'madvise',
  },
  { type: 'boolean', name: 'swap', label: 'Swap space', default: true },
  {
    type: 'choice',
    name: 'profile',
    label: 'Kernel',
    choices: [
      { value: 'linux-6.1', label: 'Linux 6.1' },
      { value: 'sticky-merge', label: 'with VM_SOFTDIRTY kept by merges (2026)' },
    ],
    default: 'linux-6.1',
  },
];

/** The machine's options, the same for every workload. */
export const MACHINE_PARAMETERS: readonly Parameter[] = [
  ...LIVE,
  { type: 'boolean', name: 'la57', label: 'Five-level page tables (LA57)', default: false },
];

/** Those of them that can be changed while the source is open: page tables keep their depth. */
export const LIVE_PARAMETERS = LIVE;

const sourceOptions = machineSchema.pick({ mode: true, thp: true, swap: true, la57: true, profile: true });
const OPTION_NAMES = Object.keys(sourceOptions.shape);

/** The machine's options from checked settings. */
export function machineOptions(settings: Settings): Partial<MachineOptions> {
  return sourceOptions.parse(Object.fromEntries(OPTION_NAMES.map((name) => [name, settings.values[name]])));
}
