/**
 * The engine's entry in Electron's utility process: each port that comes is a window, served with a session of its own
 * until it closes. However the process ends, it detaches first; where it cannot, the kernel does when it is gone.
 */
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { NativeSource } from './native/native-source.ts';
import { listProcesses } from './native/process-list/list.ts';
import { prepareLaunch } from './native/launch.ts';
import { runProbe } from './native/probe/probe.ts';
import { PlaybackSource } from './recording/playback-source.ts';
import { launchOwnScript, sourceOpener } from './session/open-source.ts';
import { portOfElectron, type ElectronPort } from './session/port.ts';
import { serve, type Engine, type Served } from './session/server.ts';
import { listWorkloads, openSimulated } from './simulated/source/open.ts';

/** What is used of Electron's process.parentPort. */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly ports: readonly ElectronPort[] }) => void): unknown;
}

function requireLinux(): void {
  if (process.platform !== 'linux') {
    throw new InspectorError(
      'unsupported',
      'Real processes can be watched on Linux only.',
      'Simulated programs run here too.',
    );
  }
}

const engine: Engine = {
  openSource: sourceOpener({
    simulated: openSimulated,
    recording: (path) => PlaybackSource.open(path),
    requireNative: requireLinux,
    native: (pid, how) => NativeSource.attach(pid, how),
    launch: prepareLaunch,
    demo: () => ({
      ...launchOwnScript(join(import.meta.dirname, 'demo-program.js')),
      saysWhenReady: true,
      describedAs: { title: 'Demo program', detail: '64 MiB, written as a game does' },
    }),
  }),
  workloads: listWorkloads,
  probe: runProbe,
  processes: listProcesses,
};

const windows = new Set<Served>();
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
if (parentPort === undefined) {
  process.stderr.write('This is the engine of Soft-Dirty Inspector; the program starts it by itself.\n');
  process.exit(2);
}
parentPort.on('message', ({ ports }) => {
  for (const port of ports) {
    const served = serve(portOfElectron(port), engine);
    windows.add(served);
    port.on('close', () => windows.delete(served));
  }
});

function detach(): void {
  for (const served of windows) served.abandon();
  windows.clear();
}
process.on('exit', detach);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    detach();
    process.exit(0);
  });
}
