import { InspectorError } from '#shared/contract/errors.ts';
import type { BackendName, TrackingOptions } from '#shared/source/backend.ts';
import { DescriptorChannel } from './backends/preload/channel.ts';
import { launcherPath } from './backends/preload/library.ts';
import { PreloadLaunch } from './backends/preload/preload-launch.ts';
import { requireBackend } from './backends/open-backend.ts';
import { whileLocked } from './attach/inspector-lock.ts';
import { protectingBackend } from './backends/write-protect-backend.ts';
import { NativeSource } from './native-source.ts';
import { runProbe } from './probe/probe.ts';

/** A program to launch; `env` is added to our environment. */
export interface Launch {
  readonly command: string;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** It prints a line when it is ready and is attached to only then, so it must not wait for the attach. */
  readonly printsWhenReady?: boolean;
  /** A program that belongs to the inspector and ends with it. */
  readonly owned?: boolean;
}

/** The launcher and its flags, see backends/preload/launcher.c. */
interface Launcher {
  readonly path: string;
  readonly flags: string;
}

/** How to start it and attach to it. */
export interface PreparedLaunch<T extends Launch> {
  readonly request: T & { readonly inherit?: readonly number[]; readonly launcher?: Launcher };
  /** `armed`: the launcher holds it at exec; again after each exec. */
  attach(pid: number, armed?: boolean): Promise<NativeSource>;
  close(): void;
}

/**
 * Prepares a program to be started so that it can be tracked with `how.backend`, or with the best that works here.
 * Throws InspectorError if it cannot. The launcher holds the program until it is tracked, so that nothing it writes
 * is missed; without it only the preloaded library can.
 */
export function prepareLaunch<T extends Launch>(request: T, how: TrackingOptions): PreparedLaunch<T> {
  if (how.backend) requireBackend(how.backend);
  const path = launcherPath();
  const backend = how.backend ?? runProbe().choice.launched;
  const holds =
    path !== null && request.printsWhenReady !== true && backend !== 'preload' && how.freeze !== true;
  const preload = holds ? null : preloadLaunch(request, how.backend);
  const flags = `${holds ? 't' : ''}${preload ? 'p' : ''}${request.owned ? 'o' : ''}`;
  const launcher = (more = '') => (path === null ? {} : { launcher: { path, flags: flags + more || '-' } });
  const attachRunning = (pid: number) => NativeSource.attach(pid, { ...how, launched: true });
  if (preload) {
    let first = true;
    return {
      request: {
        ...request,
        ...launcher(),
        env: { ...request.env, ...preload.env },
        inherit: preload.inherit,
      },
      attach: (pid) => {
        if (!first) return attachRunning(pid);
        first = false;
        return preload.attach(pid, (open) => NativeSource.open(pid, open, how));
      },
      close: () => preload.close(),
    };
  }
  if (!holds || backend !== 'write-protect')
    return { request: { ...request, ...launcher() }, attach: attachRunning, close: () => undefined };
  const channel = new DescriptorChannel();
  return {
    request: { ...request, ...launcher('u'), inherit: [channel.theirs] },
    attach: (pid, armed = false) => {
      channel.handedOver();
      return armed ? attachHeld(pid, channel, how) : attachRunning(pid);
    },
    close: () => channel.close(),
  };
}

/** Attaches with the descriptor that the launcher took. */
function attachHeld(pid: number, channel: DescriptorChannel, how: TrackingOptions): Promise<NativeSource> {
  const received = channel.receive();
  if (received.kind !== 'descriptor') {
    const message = `The launcher sent no descriptor (${received.kind}).`;
    return Promise.reject(new InspectorError('internal', message, 'Attach again.'));
  }
  return Promise.resolve(
    NativeSource.open(
      pid,
      () =>
        whileLocked(pid, () =>
          protectingBackend(pid, received.fd, 'write-protect', 'PAGEMAP_SCAN + userfaultfd', 0, how),
        ),
      how,
    ),
  );
}

/** Null if another backend is used. */
function preloadLaunch(
  { command, cwd, env, printsWhenReady }: Launch,
  backend: BackendName | undefined,
): PreloadLaunch | null {
  if ((backend ?? runProbe().choice.launched) !== 'preload') return null;
  try {
    const program = { command, cwd, env: { ...process.env, ...env } };
    return new PreloadLaunch(program, printsWhenReady !== true);
  } catch (cause) {
    // It was not requested, and another backend may work.
    if (backend === undefined && cause instanceof InspectorError) return null;
    throw cause;
  }
}
