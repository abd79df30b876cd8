import { PROBED, type Probed, type ProbedCapability } from '#shared/contract/probe.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { SyscallError } from '../syscalls/errno.ts';

/** One result, without its name. */
export type Finding = Pick<ProbedCapability, 'available' | 'evidence' | 'reason' | 'remedy'>;
export type Findings = Readonly<Record<Probed, ProbedCapability>>;

const TITLES: Readonly<Record<Probed, string>> = {
  kernel: 'Kernel',
  privileges: 'Privileges',
  ptrace: 'Attaching (ptrace)',
  'pagemap-scan': 'PAGEMAP_SCAN',
  userfaultfd: 'userfaultfd',
  'write-protect-async': 'Asynchronous write-protection',
  'pidfd-getfd': 'pidfd_getfd',
  'process-vm-readv': 'process_vm_readv',
  'procmap-query': 'PROCMAP_QUERY',
  'soft-dirty': 'Soft-dirty',
  'clear-refs': 'clear_refs',
  swap: 'Swap',
  'transparent-huge-pages': 'Transparent huge pages',
};

export const present = (evidence: string, reason: string): Finding => ({
  available: true,
  evidence,
  reason,
  remedy: '',
});

export const missing = (evidence: string, reason: string, remedy: string): Finding => ({
  available: false,
  evidence,
  reason,
  remedy,
});

/** The result of `look` under its name; an exception becomes one too. */
export function capability(id: Probed, check: () => Finding): ProbedCapability {
  return { id, title: TITLES[id], ...guarded(check) };
}

function guarded(check: () => Finding): Finding {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof SyscallError) {
      return missing(cause.message, 'The kernel refused a call that this needs.', '');
    }
    const { message, remedy } = InspectorError.from(cause);
    return missing('The test could not run.', message, remedy);
  }
}

/** The results in the order of display. */
export const inOrder = (findings: Findings): ProbedCapability[] => PROBED.map((id) => findings[id]);
