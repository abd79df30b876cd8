import { closeSync } from 'node:fs';
import { hasPagemapBit } from '#shared/memory/pagemap.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import type { BackendName, TrackingOptions } from '#shared/source/backend.ts';
import { whileLocked } from '../attach/inspector-lock.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { memoryThread } from '../process/status.ts';
import { WriteProtectTracker } from '../tracking/write-protect-tracker.ts';
import type { Userfault } from '../tracking/userfault.ts';
import type { Backend } from './write-tracker.ts';

/**
 * Asynchronous write-protection on process `pid`, one thread of which is stopped for some hundred microseconds. Throws
 * InspectorError, AnotherInspector if another one tracks it already.
 */
export function writeProtectBackend(pid: number, how: TrackingOptions = {}): Backend {
  // Before the program is touched.
  return whileLocked(pid, () => {
    const { uffd, pidfd, stoppedNs } = takeDescriptor(pid);
    closeSync(pidfd);
    return protectingBackend(pid, uffd, 'write-protect', 'PAGEMAP_SCAN + userfaultfd', stoppedNs, how);
  });
}

/** Like `writeProtectBackend`, with an existing userfaultfd of the process, which the backend then owns. */
export function protectingBackend(
  pid: number,
  uffd: number | Userfault,
  name: BackendName,
  label: string,
  stoppedNs: number,
  how: TrackingOptions = {},
): Backend {
  const { huge, exact } = how;
  const tracker = new WriteProtectTracker(memoryThread(pid), uffd, {
    ...(huge && { huge }),
    ...(exact && { exact }),
  });
  return {
    name,
    label,
    tracker,
    registers: true,
    getAndClear: 'atomic',
    clearRefs: false,
    stoppedNs,
    suspend: () => {
      const kept = tracker.keepUserfault();
      return {
        resume: () =>
          kept.closed
            ? null
            : whileLocked(pid, () => protectingBackend(pid, kept, name, label, stoppedNs, how)),
        close: () => kept.close(),
      };
    },
    notes: () => [],
    explain,
  };
}

function explain(entry: bigint, written: boolean): string {
  if (written) {
    return !hasPagemapBit(entry, PM_BIT.UFFD_WP)
      ? 'Written since it was last cleared: the write removed the write-protection (bit 57 of its pagemap entry is 0).'
      : 'Written before the last sample: the write removed the write-protection, and the sample that reported it set it again (bit 57 of its pagemap entry is 1).';
  }
  const present = hasPagemapBit(entry, PM_BIT.PRESENT);
  if (hasPagemapBit(entry, PM_BIT.UFFD_WP)) {
    return present
      ? 'Not written: the write-protection set by the last clear is still set.'
      : 'Not written: the address is protected and has no page yet.';
  }
  if (present)
    return 'Not written: the shared zero page, or a page of the file itself, which no write has replaced.';
  return 'Not written: it has no page yet.';
}
