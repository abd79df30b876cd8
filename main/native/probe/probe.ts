import { release } from 'node:os';
import { PROBED, type Probed, type ProbedCapability, type ProbeReport } from '#shared/contract/probe.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { BACKEND_NAMES, type BackendName } from '#shared/source/backend.ts';
import { libraryObtainable } from '../backends/preload/library.ts';
import { userName } from '../process/user-names.ts';
import { platformObstacle } from '../syscalls/ffi.ts';
import {
  probePidfdGetfd,
  probePrivileges,
  probeProcmapQuery,
  probePtrace,
  probeReadMemory,
  ptraceSituation,
  reachOf,
  type PtraceSituation,
} from './access.ts';
import { selectBackends, judgeBackends, type Rights } from './backends.ts';
import { capability, inOrder, missing, type Findings } from './finding.ts';
import { probeClearRefs, probeSoftDirty } from './soft-dirty.ts';
import { probeHugePages, probeKernel, probeSwap } from './system.ts';
import { probePagemapScan, probeUserfaultfd, probeWriteProtectAsync } from './write-protection.ts';

/**
 * What this kernel and this user can do: everything is tried on memory of our own, and no other process is touched.
 * Takes some milliseconds; safe on every system, where all is unavailable for one reason. If the kernel keeps
 * soft-dirty bits, those of our own process are cleared.
 */
export function runProbe(obstacle: InspectorError | null = platformObstacle()): ProbeReport {
  const situation = obstacle ? null : situationOrNull();
  const findings = obstacle ? nothing(obstacle) : probeAll(situation);
  const rights: Rights = {
    capable: situation?.capable ?? false,
    ptrace: situation ? reachOf(situation) : 'none',
  };
  const backends = judgeBackends(findings, rights, builtBackends());
  const uid = process.geteuid?.() ?? null;
  return {
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    user: { uid, name: uid === null ? '' : userName(uid) },
    capabilities: inOrder(findings),
    backends,
    choice: selectBackends(backends),
  };
}

const builtBackends = () => BACKEND_NAMES.filter((name) => name !== 'preload' || libraryObtainable());

/** Throws why backend `name` cannot be used on a process that is running already, as InspectorError. */
export function requireForRunning(name: BackendName): void {
  const backend = runProbe().backends.find(({ id }) => id === name);
  if (backend && !backend.available) {
    throw new InspectorError('unsupported', `${name} cannot be used here. ${backend.reason}`, backend.remedy);
  }
  if (backend?.programs === 'launched') {
    throw new InspectorError(
      'unsupported',
      `${name} only works on programs that are launched from the inspector.`,
      'Use another backend, or none for the best that works.',
    );
  }
}

/** Null if the native module is missing and no system call can be made. */
function situationOrNull(): PtraceSituation | null {
  try {
    return ptraceSituation();
  } catch {
    return null;
  }
}

function probeAll(situation: PtraceSituation | null): Findings {
  const pagemapScan = capability('pagemap-scan', probePagemapScan);
  const softDirty = capability('soft-dirty', probeSoftDirty);
  return {
    kernel: capability('kernel', probeKernel),
    privileges: capability('privileges', probePrivileges),
    ptrace: capability('ptrace', () => probePtrace(situation ?? ptraceSituation())),
    'pagemap-scan': pagemapScan,
    userfaultfd: capability('userfaultfd', probeUserfaultfd),
    'write-protect-async': capability('write-protect-async', () =>
      probeWriteProtectAsync(pagemapScan.available),
    ),
    'pidfd-getfd': capability('pidfd-getfd', probePidfdGetfd),
    'process-vm-readv': capability('process-vm-readv', probeReadMemory),
    'procmap-query': capability('procmap-query', probeProcmapQuery),
    'soft-dirty': softDirty,
    'clear-refs': capability('clear-refs', () => probeClearRefs(softDirty.available)),
    swap: capability('swap', probeSwap),
    'transparent-huge-pages': capability('transparent-huge-pages', probeHugePages),
  };
}

/** Every capability missing for the same reason. */
function nothing({ message, remedy }: InspectorError): Findings {
  const system = `This is ${process.platform} on ${process.arch}.`;
  const entries = PROBED.map((id) => [id, capability(id, () => missing(system, message, remedy))] as const);
  return Object.fromEntries(entries) as Record<Probed, ProbedCapability>;
}
