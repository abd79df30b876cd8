/**
 * What every backend must do, as tests on a real program. They run on this machine and, for features that this kernel lacks,
 * in guests with other kernels. Expectations differ only if backends see different things, as `ConformanceRig.traits` has it.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeClearing } from './clearing.ts';
import { ConformanceRig, type Conformance } from './conformance-rig.ts';
import { describeMappings } from './mappings.ts';
import { describePages } from './pages.ts';
import { describeProgram } from './program.ts';

/** Registers the tests of one backend. */
export function describeConformance(title: string, conformance: Conformance): void {
  describe(title, () => {
    const rig = new ConformanceRig(conformance);
    beforeAll(() => rig.start());
    afterAll(() => rig.end());
    describeClearing(rig);
    describeMappings(rig);
    describePages(rig);
    // Last: it closes the source.
    describeProgram(rig);
  });
}
