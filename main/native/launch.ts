import { InspectorError } from '#shared/contract/errors.ts';
import type { BackendName, HowToWatch } from '#shared/source/backend.ts';
import { PreloadLaunch } from './backends/preload/preload-launch.ts';
import { requireBackend } from './backends/open-backend.ts';
import { NativeSource } from './native-source.ts';
import { runProbe } from './probe/probe.ts';

/** A program that somebody is going to start; `env` is added to our environment. */
export interface Launch {
  readonly command: string;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** It is attached to only after it said something, so it must not wait to be watched. */
  readonly saysWhenReady?: boolean;
}

/** How it is to be started, and attached to then. */
export interface PreparedLaunch<T extends Launch> {
  readonly request: T & { readonly inherit?: readonly number[] };
  attach(pid: number): Promise<NativeSource>;
  close(): void;
}

/**
 * Prepares a program to be started so that it can be watched with `how.backend`, or with the best that works here.
 * Throws InspectorError where it cannot. With the preloaded library the program begins when it is watched, and nothing it
 * writes is missed.
 */
export function prepareLaunch<T extends Launch>(request: T, how: HowToWatch): PreparedLaunch<T> {
  if (how.backend) requireBackend(how.backend);
  const preload = preloadLaunch(request, how.backend);
  if (!preload) {
    return {
      request,
      attach: (pid) => NativeSource.attach(pid, { ...how, launched: true }),
      close: () => undefined,
    };
  }
  return {
    request: { ...request, env: { ...request.env, ...preload.env }, inherit: preload.inherit },
    attach: (pid) => preload.attach(pid, (open) => NativeSource.open(pid, open)),
    close: () => preload.close(),
  };
}

/** Null where another backend is used. */
function preloadLaunch(
  { command, cwd, env, saysWhenReady }: Launch,
  backend: BackendName | undefined,
): PreloadLaunch | null {
  if ((backend ?? runProbe().choice.launched) !== 'preload') return null;
  try {
    const program = { command, cwd, env: { ...process.env, ...env } };
    return new PreloadLaunch(program, saysWhenReady !== true);
  } catch (cause) {
    // It was not asked for, and another backend may do.
    if (backend === undefined && cause instanceof InspectorError) return null;
    throw cause;
  }
}
