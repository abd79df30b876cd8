import type { ProbedBackend, Probed, ProbeReport } from '#shared/contract/probe.ts';
import { BACKEND_NAMES, type BackendName } from '#shared/source/backend.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { PtraceReach } from './access.ts';
import type { Findings } from './finding.ts';

/** What the kernel allows: by ptrace, and by the rights on a process's files alone. */
export interface Rights {
  readonly ptrace: PtraceReach;
  /** CAP_SYS_PTRACE: files of other users' processes can be read too. */
  readonly capable: boolean;
}

interface Plan {
  readonly title: string;
  readonly needs: readonly Probed[];
  readonly programs: (rights: Rights) => PtraceReach;
  readonly getAndClear: (rights: Rights) => Capabilities['getAndClear'];
  readonly reason: string;
}

const PLANS: Readonly<Record<BackendName, Plan>> = {
  'write-protect': {
    title: 'Asynchronous write-protection, by attaching',
    needs: ['pagemap-scan', 'write-protect-async', 'pidfd-getfd'],
    programs: ({ ptrace }) => ptrace,
    getAndClear: () => 'atomic',
    reason: 'Exact while the program runs; it is stopped once, for less than a millisecond.',
  },
  preload: {
    title: 'Asynchronous write-protection, by a preloaded library',
    needs: ['pagemap-scan', 'write-protect-async'],
    programs: () => 'launched',
    getAndClear: () => 'atomic',
    reason: 'Exact while the program runs; never stops it, but it must be started from here.',
  },
  'soft-dirty': {
    title: 'Soft-dirty bits and clear_refs',
    needs: ['soft-dirty', 'clear-refs'],
    // pagemap requires the right to read, which Yama does not restrict.
    programs: ({ capable }) => (capable ? 'all' : 'own'),
    getAndClear: ({ ptrace }) => (ptrace === 'none' ? 'emulated-racy' : 'emulated-freeze'),
    reason:
      'Exact if the program may be stopped for each sample; clearing resets other users of the same bits (CRIU).',
  },
  compare: {
    title: 'Content comparison',
    needs: ['process-vm-readv'],
    programs: ({ ptrace }) => ptrace,
    getAndClear: () => 'emulated-racy',
    reason: 'Works on every kernel; slow, limited to 8 GiB, and misses writes that change no content.',
  },
};

/** Each backend, best first: usable here, or why not. `built`: whether the preload library is there. */
export function judgeBackends(
  findings: Findings,
  rights: Rights,
  built: readonly BackendName[],
): ProbedBackend[] {
  return BACKEND_NAMES.map((id) => {
    const { title, needs, ...plan } = PLANS[id];
    const obstacle = obstacleOf(id, needs, plan.programs(rights), findings, built);
    const programs = obstacle ? 'none' : plan.programs(rights);
    return {
      id,
      title,
      available: obstacle === null,
      programs,
      getAndClear: obstacle ? 'none' : plan.getAndClear(rights),
      reason: obstacle?.reason ?? withPrograms(plan.reason, id, programs),
      remedy: obstacle?.remedy ?? (programs === 'launched' && id !== 'preload' ? findings.ptrace.remedy : ''),
    };
  });
}

function obstacleOf(
  id: BackendName,
  needs: readonly Probed[],
  programs: PtraceReach,
  findings: Findings,
  built: readonly BackendName[],
): { reason: string; remedy: string } | null {
  const lacking = needs.map((need) => findings[need]).find(({ available }) => !available);
  if (lacking) return { reason: `${lacking.title}: ${lacking.reason}`, remedy: lacking.remedy };
  if (programs === 'none') {
    const { title, reason, remedy } = findings.ptrace;
    return { reason: `${title}: ${reason}`, remedy };
  }
  if (!built.includes(id)) {
    return {
      reason: 'Its library is not built, and there is no C compiler (cc) to build it.',
      remedy: 'Install a C compiler (on Debian: apt-get install gcc libc6-dev).',
    };
  }
  return null;
}

const withPrograms = (reason: string, id: BackendName, programs: PtraceReach): string =>
  programs === 'launched' && id !== 'preload' ? `${reason} Limited to launched programs here.` : reason;

/** The default: the best that works. */
export function selectBackends(backends: readonly ProbedBackend[]): ProbeReport['choice'] {
  const launched = backends.find(({ available }) => available)?.id ?? null;
  const running =
    backends.find(({ available, programs }) => available && programs !== 'launched')?.id ?? null;
  return { running, launched, reason: choiceReason(backends, running, launched) };
}

function choiceReason(
  backends: readonly ProbedBackend[],
  running: BackendName | null,
  launched: BackendName | null,
): string {
  const exact = (id: BackendName) => backends.find((backend) => backend.id === id)?.getAndClear === 'atomic';
  if (running !== null) {
    return exact(running)
      ? 'The best backend: exact while the program runs.'
      : `The best that works here; ${backends[0].id} does not: ${backends[0].reason}`;
  }
  if (launched !== null) return 'Only programs launched from the inspector can be tracked.';
  return `No real program can be tracked here. ${backends[0].reason}`;
}
