/** The backends that need soft-dirty, on kernels that have it. */
import { release } from 'node:os';
import { join } from 'node:path';
import { describeConformance } from '../backends/testing/conformance.ts';
import type { Watched } from '../backends/testing/conformance-rig.ts';
import { softDirtyBackend } from '../backends/soft-dirty/soft-dirty-backend.ts';
import { NativeSource } from '../native-source.ts';
import { atLeast } from '../probe/system.ts';
import { Target } from '../testing/target.ts';

const scans = atLeast(release(), [6, 7]);
const size = { loops: 15, rounds: 10, vmas: 2000 };

async function start(watch: (pid: number) => NativeSource | Promise<NativeSource>): Promise<Watched> {
  const target = await Target.start(join(import.meta.dirname, 'test-target.js'));
  return { target, source: await watch(target.pid) };
}

const softDirty = { ...size, backend: 'soft-dirty' } as const;
describeConformance(`soft-dirty by ${scans ? 'PAGEMAP_SCAN' : 'pagemap'}, stopped for each sample`, {
  ...softDirty,
  getAndClear: 'emulated-freeze',
  // The default selection.
  start: () =>
    start((pid) => NativeSource.attach(pid, { freeze: true, ...(scans && { backend: 'soft-dirty' }) })),
});
if (scans) {
  describeConformance('soft-dirty by pagemap, stopped for each sample', {
    ...softDirty,
    getAndClear: 'emulated-freeze',
    start: () => start((pid) => NativeSource.open(pid, (freezer) => softDirtyBackend(pid, freezer, false))),
  });
  describeConformance('write-protect', {
    ...size,
    backend: 'write-protect',
    getAndClear: 'atomic',
    start: () => start((pid) => NativeSource.attach(pid)),
  });
} else {
  describeConformance('soft-dirty while the program runs', {
    ...softDirty,
    getAndClear: 'emulated-racy',
    start: () => start((pid) => NativeSource.attach(pid, { backend: 'soft-dirty' })),
  });
}
