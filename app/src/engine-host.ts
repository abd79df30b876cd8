/**
 * The engine's process: started, monitored and restarted. It runs apart from window and shell, so that neither its
 * death nor a long scan can stop the window, and so that its end releases the tracked program in every case.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { app, MessageChannelMain, utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import type { EngineLocation } from '#shared/contract/engine-location.ts';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { HostStatus } from '#shared/contract/shell.ts';
import { linkReportSchema } from '../../main/link/link-report.ts';
import { EngineLinks } from './engine-links.ts';
import { exitSentence } from './exit-text.ts';
import { createRestartPolicy } from './restart-policy.ts';

/** The name by which Chromium reports the process. */
const SERVICE_NAME = 'Soft-Dirty Inspector engine';
/** How long the engine may take to detach before it is killed (which detaches too), in milliseconds. */
const STOP_WAIT = 2_000;
/** How long it may restore huge pages once it has detached. */
const RESTORE_WAIT = 12_000;
/** How long after a process's exit its reason may arrive, in milliseconds. */
const REASON_WAIT = 50;

export interface EngineConnection {
  readonly port: MessagePortMain;
  /** Signs the permits of this engine; another one has another key. */
  readonly key: Buffer;
  /** Signs those for this machine, even while the engine is elsewhere. */
  readonly keyHere: Buffer;
}

export interface EngineHost {
  status(): HostStatus;
  /** Starts the engine unless it runs; waits first if it has died repeatedly. */
  start(): Promise<void>;
  /**
   * A new port to the engine at `location`, for one load of the window; null while the engine's process does not run. Rejects
   * with an InspectorError if an engine elsewhere cannot be connected with.
   * @param onLost is called when the connection with an engine elsewhere ends by itself
   * @param pipes of location `terminal`: the folder of its pipes
   */
  connect(
    location: EngineLocation,
    onLost: (error: InspectorError) => void,
    pipes?: string,
  ): Promise<EngineConnection | null>;
  /** Ends the engine, which detaches from the tracked program, and restores its huge pages unless `hurry` is called. */
  stop(): Promise<void>;
  hurry(): void;
}

/**
 * @param file the engine's built entry
 * @param onStatus is called with every change of status
 */
export function createEngineHost(file: string, onStatus: (status: HostStatus) => void): EngineHost {
  const policy = createRestartPolicy();
  let status: HostStatus = { status: 'starting' };
  let child: UtilityProcess | null = null;
  let starting: Promise<void> | null = null;
  let stopping = false;
  let isRestoring = false;
  const hurried = new AbortController();
  let goneReason: string | undefined;
  let key = randomBytes(32);
  const links = new EngineLinks();
  let lastLink = 0;

  const receive = (message: unknown): void => {
    const report = linkReportSchema.parse(message);
    if (report.type === 'restoring') isRestoring = true;
    else links.receive(report);
  };

  const change = (next: HostStatus): void => {
    status = next;
    onStatus(next);
  };

  // Emitted right after `exit`, and only if a signal or Chromium ended the process; `exit` has only a number.
  app.on('child-process-gone', (_event, details) => {
    if (details.name === SERVICE_NAME) goneReason ??= details.reason;
  });

  const fork = (): Promise<void> =>
    new Promise((resolve) => {
      const born = performance.now();
      goneReason = undefined;
      key = randomBytes(32);
      const engine = utilityProcess.fork(file, [], { serviceName: SERVICE_NAME, stdio: 'inherit' });
      child = engine;
      engine.once('spawn', () => {
        change({ status: 'running' });
        resolve();
      });
      engine.on('message', receive);
      engine.once('error', () => (goneReason = 'fatal-error'));
      engine.once('exit', (code) => {
        child = null;
        resolve();
        links.processEnded();
        if (stopping) return;
        policy.died(performance.now() - born);
        setTimeout(() => {
          if (child === null && starting === null) {
            change({ status: 'died', detail: exitSentence(code, goneReason) });
          }
        }, REASON_WAIT);
      });
    });

  const startOnce = async (): Promise<void> => {
    const wait = policy.wait();
    change({ status: 'starting' });
    if (wait > 0) await delay(wait);
    if (!stopping) await fork();
  };

  return {
    status: () => status,

    async start() {
      if (child !== null || stopping) return;
      starting ??= startOnce().finally(() => (starting = null));
      await starting;
    },

    async connect(location, onLost, pipes) {
      if (child === null) return null;
      const { port1, port2: port } = new MessageChannelMain();
      const isHere = location.kind === 'here';
      const ownKey = isHere ? key : randomBytes(32);
      const id = ++lastLink;
      const keyHere = key;
      const keys = { key: ownKey.toString('hex'), keyHere: keyHere.toString('hex') };
      const message = { type: 'connect', id, ...keys, location, pipes: pipes ?? null };
      if (isHere) {
        child.postMessage(message, [port1]);
        return { port, key: ownKey, keyHere };
      }
      const connected = links.opened(id, onLost);
      child.postMessage(message, [port1]);
      await connected;
      return { port, key: ownKey, keyHere };
    },

    async stop() {
      stopping = true;
      const engine = child;
      if (engine === null) return;
      const exited = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
      engine.kill();
      await Promise.race([exited, delay(STOP_WAIT)]);
      const { signal } = hurried;
      if (isRestoring) await Promise.race([exited, delay(RESTORE_WAIT, null, { signal }).catch(() => null)]);
      if (child === null || engine.pid === undefined) return;
      process.kill(engine.pid, 'SIGKILL');
      // Chromium reports the exit at once, unless the process was never created.
      await Promise.race([exited, delay(STOP_WAIT)]);
    },

    hurry: () => hurried.abort(),
  };
}
