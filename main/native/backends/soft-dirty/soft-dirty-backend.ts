import { InspectorError } from '#shared/contract/errors.ts';
import { whileLocked } from '../../attach/inspector-lock.ts';
import { probeClearRefs, probeSoftDirty } from '../../probe/soft-dirty.ts';
import type { ProcessFreezer } from '../../process-freezer.ts';
import type { Backend } from '../write-tracker.ts';
import { SoftDirtyTracker } from './soft-dirty-tracker.ts';

const SOFT_DIRTY = 1n << 55n;

const EMULATED =
  'Emulated: the kernel can only clear the whole process; other dirty pages are kept by the inspector.';
const RACY =
  'Writes between reading the bits and clearing them are lost; stopping the program during samples would prevent that.';

/**
 * Soft-dirty on process `pid`. With `stopped` the program is stopped for every sample and operation that clears, which
 * makes them exact. Throws InspectorError; also if the kernel does not keep the bits: it accepts the requests
 * nevertheless, so own pages are tried first.
 */
export function softDirtyBackend(pid: number, stopped: ProcessFreezer | null, scan = true): Backend {
  requireSoftDirty();
  return whileLocked(pid, () => openUnlocked(pid, stopped, scan));
}

function openUnlocked(pid: number, stopped: ProcessFreezer | null, scan: boolean): Backend {
  const tracker = new SoftDirtyTracker(pid, {
    scan,
    ...(stopped && { whileStopped: <T>(task: () => T) => stopped.during(task) }),
  });
  const notes = stopped ? [EMULATED] : [EMULATED, RACY];
  return {
    name: 'soft-dirty',
    label: `soft-dirty by ${tracker.scans ? 'PAGEMAP_SCAN' : 'pagemap'} and clear_refs${stopped ? ', stopped for each sample' : ''}`,
    tracker,
    registers: false,
    getAndClear: stopped ? 'emulated-freeze' : 'emulated-racy',
    clearRefs: true,
    stoppedNs: 0,
    notes: (op) => (op === 'GET' ? [] : notes),
    explain,
  };
}

function requireSoftDirty(): void {
  const bits = probeSoftDirty();
  const lacking = bits.available ? probeClearRefs(true) : bits;
  if (!lacking.available) {
    throw new InspectorError('unsupported', `${lacking.reason} ${lacking.evidence}`, lacking.remedy);
  }
}

function explain(entry: bigint, written: boolean): string {
  const now = (entry & SOFT_DIRTY) !== 0n;
  if (now) {
    return 'Counts as written: bit 55 of its pagemap entry is 1, because of its own entry, or because its VMA is new (VM_SOFTDIRTY).';
  }
  if (written) {
    return 'Counts as written: it was soft-dirty when the process was cleared for another range.';
  }
  return 'Not written since the bits were last cleared: bit 55 of its pagemap entry is 0.';
}
