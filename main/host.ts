/**
 * The engine's entry in Electron's utility process: each port that comes is a window, served with a session of its own
 * until it closes. However the process ends, it detaches first; where it cannot, the kernel does when it is gone.
 */
import { listProcessesInSlices } from './native/process-list/list.ts';
import { runProbe } from './native/probe/probe.ts';
import { openAnySource } from './open-sources.ts';
import { portOfElectron, type ElectronPort } from './session/port.ts';
import { serve, type Engine, type Served } from './session/server.ts';
import { listWorkloads } from './simulated/source/open.ts';

/** What is used of Electron's process.parentPort. */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly ports: readonly ElectronPort[] }) => void): unknown;
}

const engine: Engine = {
  openSource: openAnySource,
  workloads: listWorkloads,
  probe: runProbe,
  processes: listProcessesInSlices,
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
