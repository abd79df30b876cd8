/**
 * The engine's entry in Electron's utility process: each port that comes is a window, served with its own session
 * until it closes, or connected with an engine elsewhere. However the process ends, it detaches first; if it cannot, the kernel does when it is gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { engine } from './engine.ts';
import { type EngineLocation, engineLocationSchema, locationText } from '#shared/contract/engine-location.ts';
import { filePathSchema } from '#shared/contract/shell.ts';
import { connectCommand } from './link/connect-command.ts';
import { connect } from './link/connect.ts';
import { connectTerminal } from './link/connect-terminal.ts';
import type { LinkReport } from './link/link-report.ts';
import { relay } from './link/relay.ts';
import type { WindowEndOpener } from './link/window-end.ts';
import { portOfElectron, type ElectronPort } from './session/server/port.ts';
import { SignedPermits } from './session/server/permits.ts';
import { serve, type Served } from './session/server/server.ts';
import { offerControl } from './session/control/control-server.ts';
import { sessionControl } from './session/control/session-control.ts';
import { keepPlacesIn } from './native/symbols/known-places.ts';
import { userCacheFolder } from './user-cache.ts';

/** How long closing recordings and detaching may take before the process ends. */
const LEAVE_WAIT_MS = 1500;

/** How long huge pages are restored at most after that, before the process ends. */
const RESTORE_WAIT_MS = 10_000;

/** The part of Electron's process.parentPort that is used. */
interface ParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly ElectronPort[] }) => void,
  ): unknown;
  postMessage(message: LinkReport): void;
}

const keySchema = z.string().regex(/^[0-9a-f]{64}$/);
/** What the shell sends with each port. */
const connectSchema = z.object({
  type: z.literal('connect'),
  /** Identifies the connection in reports about it. */
  id: z.number().int(),
  /** Key of the connection's permits, hexadecimal. */
  key: keySchema,
  /** Key of the permits for this machine, always the same. */
  keyHere: keySchema,
  location: engineLocationSchema,
  /** The folder of the pipes of location `terminal`; null for other locations. */
  pipes: filePathSchema.nullable(),
});
/** Shared by all windows, so that no permit is used twice. */
let permits: SignedPermits | null = null;

keepPlacesIn(userCacheFolder('symbols'));

const windows = new Set<Served>();
/** Functions that end the links to engines elsewhere. */
const links = new Set<() => Promise<void>>();
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
if (parentPort === undefined) {
  process.stderr.write('This is the engine of Soft-Dirty Inspector; the program starts it by itself.\n');
  process.exit(2);
}
parentPort.on('message', ({ data, ports }) => {
  const { id, key, keyHere, location, pipes } = connectSchema.parse(data);
  permits ??= new SignedPermits(Buffer.from(keyHere, 'hex'));
  if (location.kind !== 'here') {
    const open = openerOf(location, pipes);
    for (const port of ports) connectElsewhere(port, id, key, location, open, permits);
    return;
  }
  for (const port of ports) {
    const served = serve(portOfElectron(port), engine, permits);
    const endControl = offerControl(sessionControl(served.session));
    windows.add(served);
    // What is recorded is closed first; huge pages are restored after detaching.
    port.on('close', () => {
      endControl();
      void served
        .close()
        .then(() => served.session.restorations.settled())
        .finally(() => windows.delete(served));
    });
  }
});

/** What connects with an engine elsewhere. */
function openerOf(
  location: Exclude<EngineLocation, { kind: 'here' }>,
  pipes: string | null,
): WindowEndOpener {
  if (location.kind === 'terminal') {
    return (options, listener) => connectTerminal(filePathSchema.parse(pipes), options, listener);
  }
  return (options, listener) => connect(connectCommand(location), options, listener);
}

/** The window's port is connected with an engine elsewhere, which ends when the port closes. */
function connectElsewhere(
  port: ElectronPort,
  id: number,
  key: string,
  location: EngineLocation,
  open: WindowEndOpener,
  permitsHere: SignedPermits,
): void {
  const options = { name: locationText(location), compress: true, permitKey: key };
  const leaveLink = relay(portOfElectron(port), (listener) => open(options, listener), permitsHere, {
    connected: (engineThere) => parentPort?.postMessage({ type: 'connected', id, engine: engineThere }),
    closed: (error) => {
      links.delete(leaveLink);
      parentPort?.postMessage({ type: 'closed', id, error: error?.toData() ?? null });
    },
  });
  links.add(leaveLink);
}

/** Closes everything, recordings too, and restores huge pages, but does not wait indefinitely. */
async function leave(): Promise<void> {
  const closed = Promise.allSettled([
    ...[...links].map((leaveLink) => leaveLink()),
    ...[...windows].map((served) => served.close()),
  ]);
  await Promise.race([closed, sleep(LEAVE_WAIT_MS)]);
  await restoreHugePages();
  detach();
  process.exit(0);
}

async function restoreHugePages(): Promise<void> {
  const running = [...windows]
    .map(({ session }) => session.restorations)
    .filter(({ isRunning }) => isRunning);
  if (running.length === 0) return;
  parentPort?.postMessage({ type: 'restoring' });
  await Promise.race([Promise.all(running.map((one) => one.settled())), sleep(RESTORE_WAIT_MS)]);
}

function detach(): void {
  for (const served of windows) served.abandon();
  windows.clear();
}
process.on('exit', detach);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void leave());
}
