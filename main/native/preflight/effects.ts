import type { Effect, EffectId, EffectSeverity, PreflightFacts } from '#shared/contract/preflight.ts';
import type { BackendName, HugePolicy } from '#shared/source/backend.ts';
import { formatCount, plural } from '#shared/plural.ts';

/** The facts that determine the effects. */
export interface Situation {
  readonly facts: PreflightFacts;
  readonly backend: BackendName | null;
  readonly huge: HugePolicy;
  /** Whether the inspector has CAP_SYS_NICE, which restoring huge pages needs. */
  readonly mayRestore: boolean;
  /** Linux 6.17 or later: one mremap can move several mappings. */
  readonly movesMany: boolean;
}

type Text = Omit<Effect, 'id'>;
/** Null if it does not apply. */
type Rule = (situation: Situation) => Text | null;

/** Maximum share that tracking takes of the VMAs left below vm.max_map_count; at most MAX_ADDED_VMAS. */
const ADDED_SHARE = 0.1;
const MAX_ADDED_VMAS = 1000;
/** With fewer VMAs left than this share of the limit, the program is near it already. */
const NEAR_LIMIT = 0.1;
/** Huge pages restored in a second, about: one takes a millisecond or two, and the pauses between. */
const RESTORED_PER_SECOND = 100;

/** Everything that attaching can change, by id; also used for --help. */
const RULES: Readonly<Record<EffectId, Rule>> = {
  stop: protecting(({ facts }) => ({
    severity: 'note',
    title: 'One thread stops for less than 1 ms',
    detail:
      facts.threads > 1
        ? `The other ${plural(facts.threads - 1, 'thread')} ${facts.threads === 2 ? 'keeps' : 'keep'} running. It is resumed where it was; no signal is sent.`
        : 'It is resumed where it was; no signal is sent.',
    chance: 'Once, when attaching.',
  })),
  'first-write': (situation) =>
    situation.backend === 'compare' || situation.backend === null
      ? null
      : {
          severity: 'note',
          title: 'The first write to a page after a clear takes about 1 µs longer',
          detail: 'Each such write is a page fault. Programs that rewrite many pages become slower.',
          chance: 'Every written page, once in each interval in which it is armed.',
        },
  'huge-pages': protecting(({ facts, huge, mayRestore }) => {
    const { hugePages } = facts;
    if (hugePages === 0) return null;
    const what = hugePages === null ? 'Huge pages' : plural(hugePages, 'huge page');
    const verb = hugePages === 1 ? 'is' : 'are';
    if (huge !== 'split')
      return {
        severity: 'note',
        title: `${what} ${verb} kept`,
        detail:
          huge === 'leave'
            ? 'Mappings that have huge pages are not tracked: writes to them are not seen.'
            : 'Mappings that have huge pages are compared by content, within a budget: slow, and a write that changes nothing is not seen.',
        chance: 'As selected.',
      };
    const seconds = Math.ceil((hugePages ?? 0) / RESTORED_PER_SECOND);
    const restored = mayRestore
      ? `they can be restored after detaching${hugePages === null ? '' : ` (about ${plural(seconds, 'second')})`}`
      : 'restoring them needs CAP_SYS_NICE; the kernel’s khugepaged does it over time';
    return {
      severity: hugePages === null ? 'note' : 'caution',
      title: `${what} will be split when written`,
      detail: `While they are split, memory access is slower, in bad cases by half; ${restored}.`,
      chance: 'Each huge page, at the first write to it after a clear.',
    };
  }),
  'added-vmas': protecting(({ facts }) => {
    const { vmas, maxVmas } = facts;
    const left = Math.max(0, maxVmas - (vmas ?? 0));
    const most = Math.min(MAX_ADDED_VMAS, Math.floor(left * ADDED_SHARE));
    const near = vmas !== null && left < maxVmas * NEAR_LIMIT;
    return {
      severity: near ? 'warning' : 'note',
      title: `Up to ${plural(most, 'extra mapping')}`,
      detail:
        `A mapping of which only a part is registered becomes two mappings. The program has ${vmas === null ? 'an unknown number' : formatCount(vmas)} of ` +
        `${formatCount(maxVmas)} (vm.max_map_count)${near ? ', which is near the limit: calls of mmap can fail' : ''}.`,
      chance: 'Mappings that grow while they are tracked; they merge again after detaching.',
    };
  }),
  'memory-calls': protecting(() => ({
    severity: 'note',
    title: 'mmap and munmap can wait for milliseconds',
    detail:
      'Pages are read in pieces of about 1 ms, which hold the lock of the address space. With 8 GiB present, one call in a hundred ' +
      'took 0.6 ms, the longest 6 ms.',
    chance:
      'Calls that meet a sample: of programs with gigabytes of memory, or tens of thousands of mappings.',
  })),
  'finite-waits': protecting(() => ({
    severity: 'note',
    title: 'A wait with a timeout can last longer',
    detail: 'A call that was interrupted by the stop is restarted, with its full timeout.',
    chance: 'Once, when attaching, if every thread is in such a call.',
  })),
  'mremap-grown': protecting(() => ({
    severity: 'note',
    title: 'mremap can fail with EFAULT',
    detail: 'The kernel does not move a mapping of which only a part is registered.',
    chance:
      'Only for a mapping that was extended by another mmap some milliseconds before, or that grows in small steps.',
  })),
  'mremap-many': protecting(({ movesMany }) =>
    movesMany
      ? {
          severity: 'note',
          title: 'mremap of several mappings at once fails',
          detail:
            'Linux 6.17 and later move several mappings in one call, but not mappings registered with a userfaultfd.',
          chance: 'Only programs that use this new form.',
        }
      : null,
  ),
  'own-userfaultfd': protecting(({ facts }) => {
    const own = facts.userfaultfds ?? 0;
    return own > 0
      ? {
          severity: 'warning',
          title: 'It uses userfaultfd itself',
          detail:
            'Memory that it registered is not tracked. Registering tracked memory fails with EBUSY until the inspector releases it.',
          chance: 'Whenever it registers memory that it had before the attach.',
        }
      : {
          severity: 'note',
          title: 'Its own UFFDIO_REGISTER can fail with EBUSY',
          detail:
            'Of programs that open a userfaultfd later: lazily restored virtual machines, some garbage collectors.',
          chance:
            'For some 10 ms after it was opened, until the inspector releases its registrations. A program that closes it at once after the error fails each time: QEMU refuses background-snapshot while it is tracked.',
        };
  }),
  'madv-collapse': protecting(() => ({
    severity: 'note',
    title: 'madvise(MADV_COLLAPSE) fails with EINVAL',
    detail: 'The kernel creates no huge pages in registered memory, neither on request nor by khugepaged.',
    chance: 'Every such call while tracked. Few programs use it, and they work without it.',
  })),
  'soft-dirty-bits': ({ backend, facts }) => {
    if (backend !== 'soft-dirty') return null;
    const used = (facts.softDirtyFiles ?? 0) > 0;
    return {
      severity: used ? 'warning' : 'note',
      title: used
        ? 'It reads soft-dirty bits itself, and will miss what is cleared'
        : 'Soft-dirty bits are cleared',
      detail:
        'Each process has one set of bits: CRIU, a debugger or a garbage collector that uses them misses what was cleared here.',
      chance: 'At every clear, if another program uses them.',
    };
  },
  'compared-contents': ({ backend }) =>
    backend !== 'compare'
      ? null
      : {
          severity: 'note',
          title: 'Contents are read and compared',
          detail:
            'The program is neither stopped nor changed. A write that changes nothing is not seen, and it is slow.',
          chance: 'Every sample.',
        },
  'io-uring': ({ facts }) =>
    (facts.ioUrings ?? 0) > 0
      ? {
          severity: 'warning',
          title: 'It uses io_uring: some writes are not seen',
          detail: 'The kernel writes into buffers that were registered with io_uring without a page fault.',
          chance: 'Reads into registered buffers.',
        }
      : null,
  'shared-memory': ({ facts }) =>
    (facts.sharedMappings ?? 0) > 0
      ? {
          severity: 'note',
          title: `${plural(facts.sharedMappings ?? 0, 'shared mapping')}: only writes through it are seen`,
          detail:
            'Writes by another process, or by the program through another mapping of the same memory or with write(2) to its file, are not reported.',
          chance: 'Always.',
        }
      : null,
  filtered: ({ facts, backend }) =>
    facts.seccomp !== 0
      ? {
          severity: 'warning',
          title: 'Its system calls are filtered (seccomp)',
          detail:
            backend === 'write-protect'
              ? 'A system call injected for tracking could kill it, so write-protection is not used.'
              : 'This method injects no system call.',
          chance: 'Always.',
        }
      : null,
  traced: ({ facts }) =>
    facts.tracer !== 0
      ? {
          severity: 'warning',
          title: `It is traced by process ${facts.tracer}`,
          detail: 'A process can have only one tracer: write-protection needs to trace it briefly.',
          chance: 'Until the tracer detaches.',
        }
      : null,
};

/** A rule of the backends that register memory. */
function protecting(rule: Rule): Rule {
  return (situation) =>
    situation.backend === 'write-protect' || situation.backend === 'preload' ? rule(situation) : null;
}

const RANK: Readonly<Record<EffectSeverity, number>> = { warning: 0, caution: 1, note: 2 };

/** The effects of a situation, the most important first. */
export function effectsOf(situation: Situation): Effect[] {
  return (Object.keys(RULES) as EffectId[])
    .flatMap((id) => {
      const text = RULES[id](situation);
      return text === null ? [] : [{ id, ...text }];
    })
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
