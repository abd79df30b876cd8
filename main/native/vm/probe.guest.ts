/** What the probe must find on each of the guests' kernels, as root. */
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Probed } from '#shared/contract/probe.ts';
import { atLeast } from '../probe/system.ts';
import { runProbe } from '../probe/probe.ts';

/** A guest has no compiler: the library was built outside, or is missing. */
const built = existsSync(join(import.meta.dirname, 'native', 'preload', 'preload.so'));

/** What kernels before 6.7 and 6.11 lack. */
const lacking: Probed[] = atLeast(release(), [6, 12])
  ? ['swap']
  : ['kernel', 'pagemap-scan', 'write-protect-async', 'procmap-query', 'swap'];

describe(`probe on Linux ${release()}`, () => {
  it('reports exactly what the kernel has', () => {
    const { capabilities } = runProbe();
    const missing = capabilities.filter(({ available }) => !available);
    expect(missing.map(({ id }) => id)).toEqual(lacking);
    for (const { evidence, reason } of capabilities) expect([evidence, reason]).not.toContain('');
  });

  it('selects the best that works', () => {
    const { backends, choice } = runProbe();
    const protects = !lacking.includes('pagemap-scan');
    expect(choice).toMatchObject({
      running: protects ? 'write-protect' : 'soft-dirty',
      launched: protects ? 'write-protect' : 'soft-dirty',
    });
    expect(backends.map(({ id, programs, getAndClear }) => [id, programs, getAndClear])).toEqual([
      ['write-protect', ...(protects ? ['all', 'atomic'] : ['none', 'none'])],
      ['preload', ...(protects && built ? ['launched', 'atomic'] : ['none', 'none'])],
      ['soft-dirty', 'all', 'emulated-freeze'],
      ['compare', 'all', 'emulated-racy'],
    ]);
  });
});
