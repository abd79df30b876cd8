/**
 * The engine's entry in Electron's utility process: each port that comes is a window, served with a session of its own
 * until it closes. However the process ends, it detaches first; where it cannot, the kernel does when it is gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { preflight } from './native/preflight/preflight.ts';
import { listProcessesInSlices } from './native/process-list/list.ts';
import { runProbe } from './native/probe/probe.ts';
import { openAnySource } from './open-sources.ts';
import { portOfElectron, type ElectronPort } from './session/server/port.ts';
import type { Engine } from './session/server/handlers.ts';
import { SignedPermits } from './session/server/permits.ts';
import { serve, type Served } from './session/server/server.ts';
import { listWorkloads } from './simulated/source/open.ts';

/** How long closing recordings and detaching may take before the process ends. */
const LEAVE_WAIT_MS = 1500;

/** What is used of Electron's process.parentPort. */
interface ParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly ElectronPort[] }) => void,
  ): unknown;
}

const engine: Engine = {
  openSource: openAnySource,
  workloads: listWorkloads,
  probe: runProbe,
  preflight,
  processes: listProcessesInSlices,
};

/** What the shell sends with each port: the key of this engine's permits, hexadecimal. */
const connectSchema = z.object({ type: z.literal('connect'), key: z.string().regex(/^[0-9a-f]{64}$/) });
/** One for all windows: no permit is used twice. */
let permits: SignedPermits | null = null;

const windows = new Set<Served>();
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
if (parentPort === undefined) {
  process.stderr.write('This is the engine of Soft-Dirty Inspector; the program starts it by itself.\n');
  process.exit(2);
}
parentPort.on('message', ({ data, ports }) => {
  const { key } = connectSchema.parse(data);
  permits ??= new SignedPermits(Buffer.from(key, 'hex'));
  for (const port of ports) {
    const served = serve(portOfElectron(port), engine, permits);
    windows.add(served);
    // What is recorded is closed first.
    port.on('close', () => void served.close().finally(() => windows.delete(served)));
  }
});

/** Closes everything, recordings too, but does not wait for ever. */
async function leave(): Promise<void> {
  const closed = Promise.allSettled([...windows].map((served) => served.close()));
  await Promise.race([closed, sleep(LEAVE_WAIT_MS)]);
  detach();
  process.exit(0);
}

function detach(): void {
  for (const served of windows) served.abandon();
  windows.clear();
}
process.on('exit', detach);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void leave());
}
