import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { PROBED, probeReportSchema, type Probed } from '#shared/contract/probe.ts';
import { BACKEND_NAMES } from '#shared/source/backend.ts';
import { selectBackends, judgeBackends, type Rights } from './backends.ts';
import { capability, missing, present, type Findings } from './finding.ts';
import { requireForRunning, runProbe } from './probe.ts';
import { atLeast, kernelDefects, probeHugePages, probeKernel, probeSwap } from './system.ts';

/** The kernel's own configuration, where it is readable. */
function configured(option: string): boolean | null {
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString('latin1').includes(`${option}=y`);
  } catch {
    return null;
  }
}

const maps = () => readFileSync('/proc/self/maps', 'latin1').split('\n').length;

describe('runProbe', () => {
  it('agrees with the configuration of this kernel', () => {
    const report = probeReportSchema.parse(runProbe());
    const available = (id: Probed) => report.capabilities.find((found) => found.id === id)?.available;
    const softDirty = configured('CONFIG_MEM_SOFT_DIRTY');
    if (softDirty !== null) {
      expect(available('soft-dirty')).toBe(softDirty);
      expect(available('clear-refs')).toBe(softDirty);
    }
    const userfaultfd = configured('CONFIG_USERFAULTFD');
    if (userfaultfd === false) expect(available('userfaultfd')).toBe(false);
    if (atLeast(report.kernel, [6, 7])) expect(available('pagemap-scan')).toBe(true);
    else expect(available('pagemap-scan')).toBe(false);
    expect(available('procmap-query')).toBe(atLeast(report.kernel, [6, 11]));
  });

  it('leaves nothing behind', () => {
    runProbe();
    const before = maps();
    const probes = 50;
    for (let i = 0; i < probes; i++) runProbe();
    // The runtime maps and unmaps some memory of its own meanwhile; a probe that left one mapping would leave this many.
    expect(Math.abs(maps() - before)).toBeLessThan(probes);
  });

  it('gives the one reason for everything if there is no Linux', () => {
    const reason = new InspectorError(
      'unsupported',
      'Watching needs Linux; this is darwin.',
      'Use the simulation.',
    );
    const report = probeReportSchema.parse(runProbe(reason));
    expect(report.capabilities.map(({ id }) => id)).toEqual(PROBED);
    for (const found of report.capabilities) {
      expect(found).toMatchObject({ available: false, reason: reason.message, remedy: reason.remedy });
    }
    expect(report.backends.every(({ available }) => !available)).toBe(true);
    expect(report.choice).toMatchObject({ running: null, launched: null });
    expect(report.choice.reason).toContain(reason.message);
  });
});

/** Everything available but `lacking`. */
const findings = (...lacking: Probed[]): Findings =>
  Object.fromEntries(
    PROBED.map((id) => [
      id,
      capability(id, () =>
        lacking.includes(id) ? missing('e', `no ${id}`, `get ${id}`) : present('e', 'r'),
      ),
    ]),
  ) as Record<Probed, Findings[Probed]>;

const judge = (rights: Rights, ...lacking: Probed[]) => {
  const backends = judgeBackends(findings(...lacking), rights, BACKEND_NAMES);
  return { backends, choice: selectBackends(backends), usable: backends.map(({ programs }) => programs) };
};

describe('judgeBackends', () => {
  it.each<[string, Rights, Probed[], string[], string | null, string | null]>([
    [
      'root, Linux 6.18 without soft-dirty',
      { ptrace: 'all', capable: true },
      ['soft-dirty', 'clear-refs'],
      ['all', 'launched', 'none', 'all'],
      'write-protect',
      'write-protect',
    ],
    [
      'a user, everything',
      { ptrace: 'own', capable: false },
      [],
      ['own', 'launched', 'own', 'own'],
      'write-protect',
      'write-protect',
    ],
    [
      'ptrace_scope 1',
      { ptrace: 'launched', capable: false },
      ['ptrace'],
      ['launched', 'launched', 'own', 'launched'],
      'soft-dirty',
      'write-protect',
    ],
    [
      'ptrace forbidden',
      { ptrace: 'none', capable: false },
      ['ptrace'],
      ['none', 'launched', 'own', 'none'],
      'soft-dirty',
      'preload',
    ],
    [
      'Linux 6.1',
      { ptrace: 'own', capable: false },
      ['pagemap-scan', 'write-protect-async'],
      ['none', 'none', 'own', 'own'],
      'soft-dirty',
      'soft-dirty',
    ],
    [
      'old, no soft-dirty',
      { ptrace: 'own', capable: false },
      ['pagemap-scan', 'write-protect-async', 'soft-dirty', 'clear-refs'],
      ['none', 'none', 'none', 'own'],
      'compare',
      'compare',
    ],
    [
      'nothing',
      { ptrace: 'none', capable: false },
      ['ptrace', 'write-protect-async', 'soft-dirty'],
      ['none', 'none', 'none', 'none'],
      null,
      null,
    ],
  ])('%s', (_name, rights, lacking, usable, running, launched) => {
    const judged = judge(rights, ...lacking);
    expect(judged.usable).toEqual(usable);
    expect(judged.choice).toMatchObject({ running, launched });
    for (const { available, programs, reason, getAndClear } of judged.backends) {
      expect(available).toBe(programs !== 'none');
      expect(reason).not.toBe('');
      expect(getAndClear === 'none').toBe(!available);
    }
  });

  it('names what is lacking, and what would help', () => {
    const [first] = judge({ ptrace: 'own', capable: false }, 'write-protect-async').backends;
    expect(first).toMatchObject({
      reason: 'Asynchronous write-protection: no write-protect-async',
      remedy: 'get write-protect-async',
    });
  });

  it('does not offer the library if there is none and no compiler', () => {
    const backends = judgeBackends(findings(), { ptrace: 'own', capable: false }, ['compare']);
    expect(selectBackends(backends)).toMatchObject({ running: 'compare', launched: 'compare' });
    expect(backends[1]).toMatchObject({ id: 'preload', available: false });
    expect(backends[1].reason).toContain('no C compiler');
  });
});

describe('requireForRunning', () => {
  it('refuses what only works on launched programs, or not at all', () => {
    expect(() => requireForRunning('preload')).toThrow(InspectorError);
    const { running } = runProbe().choice;
    if (running) expect(() => requireForRunning(running)).not.toThrow();
  });
});

describe('facts of the system', () => {
  it.each([
    ['6.18.44-fc', true],
    ['6.7.0', true],
    ['6.6.99', false],
    ['5.15.0-1', false],
    ['10.0', true],
  ])('kernel %s', (version, available) => {
    expect(probeKernel(version)).toMatchObject({ available, evidence: `Linux ${version}.` });
  });

  it.each([
    ['6.6.30', []],
    ['6.7.0', ['CVE-2024-36943', 'CVE-2025-21696']],
    ['6.8.9-200.fc39.x86_64', ['CVE-2024-36943', 'CVE-2025-21696']],
    ['6.8.10', ['CVE-2025-21696']],
    ['6.12.10+deb13-amd64', ['CVE-2025-21696']],
    ['6.12.11', []],
    ['6.18.44-fc', []],
  ])('the known defects of kernel %s', (version, expected) => {
    expect(kernelDefects(version).map((what) => what.split(' ')[0])).toEqual(expected);
    const { reason, remedy } = probeKernel(version);
    for (const name of expected) expect(reason).toContain(name);
    expect(remedy.includes('Update the kernel')).toBe(expected.length > 0);
  });

  it('swap areas and the setting of huge pages', () => {
    const head = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority';
    expect(probeSwap(head).available).toBe(false);
    expect(probeSwap(`${head}\n/dev/sda2 partition 1 0 -2\n/swap file 1 0 -3`).evidence).toContain(
      '/dev/sda2, /swap',
    );
    expect(probeHugePages('always [madvise] never')).toMatchObject({ available: true });
    expect(probeHugePages('always madvise [never]')).toMatchObject({ available: false });
    expect(probeHugePages(null)).toMatchObject({ available: false });
  });
});
