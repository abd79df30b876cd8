/**
 * The engine's entry in Electron's utility process: each port that comes is a window, served with a session of its own
 * until it closes, or connected with an engine elsewhere. However the process ends, it detaches first; where it cannot, the kernel does when it is gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { engine } from './engine.ts';
import { engineLocationSchema, locationText } from '#shared/contract/engine-location.ts';
import { connectCommand, type RemoteLocation } from './link/connect-command.ts';
import { connect } from './link/connect.ts';
import type { LinkReport } from './link/link-report.ts';
import { relay } from './link/relay.ts';
import { portOfElectron, type ElectronPort } from './session/server/port.ts';
import { SignedPermits } from './session/server/permits.ts';
import { serve, type Served } from './session/server/server.ts';
import { offerControl } from './session/control/control-server.ts';
import { sessionControl } from './session/control/session-control.ts';
import { keepPlacesIn } from './native/symbols/known-places.ts';
import { userCacheFolder } from './user-cache.ts';

/** How long closing recordings and detaching may take before the process ends. */
const LEAVE_WAIT_MS = 1500;

/** What is used of Electron's process.parentPort. */
interface ParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly ElectronPort[] }) => void,
  ): unknown;
  postMessage(message: LinkReport): void;
}

/** What the shell sends with each port. */
const connectSchema = z.object({
  type: z.literal('connect'),
  /** Of the connection, in what is reported about it. */
  id: z.number().int(),
  /** Key of the permits, hexadecimal; of this engine it is always the same. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  location: engineLocationSchema,
});
/** One for all windows: no permit is used twice. */
let permits: SignedPermits | null = null;

keepPlacesIn(userCacheFolder('symbols'));

const windows = new Set<Served>();
/** Functions that end the links to engines elsewhere. */
const links = new Set<() => void>();
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
if (parentPort === undefined) {
  process.stderr.write('This is the engine of Soft-Dirty Inspector; the program starts it by itself.\n');
  process.exit(2);
}
parentPort.on('message', ({ data, ports }) => {
  const { id, key, location } = connectSchema.parse(data);
  if (location.kind !== 'here') {
    for (const port of ports) connectElsewhere(port, id, key, location);
    return;
  }
  permits ??= new SignedPermits(Buffer.from(key, 'hex'));
  for (const port of ports) {
    const served = serve(portOfElectron(port), engine, permits);
    const endControl = offerControl(sessionControl(served.session));
    windows.add(served);
    // What is recorded is closed first.
    port.on('close', () => {
      endControl();
      void served.close().finally(() => windows.delete(served));
    });
  }
});

/** The window's port is connected with an engine elsewhere, which ends when the port closes. */
function connectElsewhere(port: ElectronPort, id: number, key: string, location: RemoteLocation): void {
  const options = { name: locationText(location), compress: true, permitKey: key };
  const leaveLink = relay(
    portOfElectron(port),
    (listener) => connect(connectCommand(location), options, listener),
    {
      connected: (engineThere) => parentPort?.postMessage({ type: 'connected', id, engine: engineThere }),
      closed: (error) => {
        links.delete(leaveLink);
        parentPort?.postMessage({ type: 'closed', id, error: error?.toData() ?? null });
      },
    },
  );
  links.add(leaveLink);
}

/** Closes everything, recordings too, but does not wait for ever. */
async function leave(): Promise<void> {
  for (const leaveLink of links) leaveLink();
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
