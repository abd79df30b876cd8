/** The backends that work on this machine's kernel; the others run in guests (npm run test:vm). */
import { beforeAll } from 'vitest';
import type { BackendName } from '#shared/source/backend.ts';
import { NativeSource } from '../native-source.ts';
import { runProbe } from '../probe/probe.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { Target } from '../testing/target.ts';
import { describeConformance } from './testing/conformance.ts';
import type { Watched } from './testing/conformance-rig.ts';
import { PreloadLaunch } from './preload/preload-launch.ts';

let scripts: BuiltScripts;

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});

async function attached(backend: BackendName, freeze = false): Promise<Watched> {
  const target = await Target.start(scripts.path('test-target'));
  return { target, source: await NativeSource.attach(target.pid, { backend, freeze }) };
}

async function launched(): Promise<Watched> {
  const command = { command: process.execPath, cwd: null, env: process.env };
  const launch = new PreloadLaunch(command, true);
  const target = new Target(scripts.path('test-target'), [], { env: launch.env, inherit: launch.inherit });
  const source = await launch.attach(target.pid, (open) => NativeSource.open(target.pid, open));
  await target.line();
  return { target, source };
}

const usable = new Map(runProbe().backends.map(({ id, available }) => [id, available]));
const size = { loops: 150, rounds: 150, vmas: 10_000 };

if (usable.get('write-protect')) {
  const start = () => attached('write-protect');
  describeConformance('write-protect', { ...size, start, backend: 'write-protect', getAndClear: 'atomic' });
}
if (usable.get('preload')) {
  describeConformance('preload', { ...size, start: launched, backend: 'preload', getAndClear: 'atomic' });
}
if (usable.get('soft-dirty')) {
  for (const freeze of [true, false]) {
    const getAndClear = freeze ? 'emulated-freeze' : 'emulated-racy';
    const start = () => attached('soft-dirty', freeze);
    describeConformance(`soft-dirty, ${getAndClear}`, { ...size, start, backend: 'soft-dirty', getAndClear });
  }
}
// Each sample reads all contents.
const compare = { ...size, rounds: 15, backend: 'compare', getAndClear: 'emulated-racy' } as const;
describeConformance('compare', { ...compare, start: () => attached('compare') });
