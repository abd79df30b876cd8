import type { OpenSource } from '#shared/contract/commands.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import type { LaunchRequest } from './launch/launched-program.ts';
import { LaunchedSource, type Readiness } from './launch/launched-source.ts';
import type { OpenSourceFunction } from './session.ts';

/** Who opens what; handed in by the entry that composes the engine. */
export interface SourceFactories {
  simulated(request: Extract<OpenSource, { kind: 'simulated' }>): Promise<TrackingSource>;
  /** Throws where real processes cannot be watched at all: asked before a program is started for it. */
  requireNative(): void;
  /** Attaches to a process. */
  native(pid: number): Promise<TrackingSource>;
  /** How the demo program is started. */
  demo(): LaunchRequest & Readiness;
}

/** From what the window asks for to an open source. */
export function sourceOpener(factories: SourceFactories): OpenSourceFunction {
  const attach = (pid: number): Promise<TrackingSource> => factories.native(pid);
  return async (what) => {
    if (what.kind !== 'simulated') factories.requireNative();
    switch (what.kind) {
      case 'simulated':
        return factories.simulated(what);
      case 'native':
        return attach(what.pid);
      case 'launch':
        return LaunchedSource.open(what, attach);
      case 'demo':
        return LaunchedSource.open(factories.demo(), attach);
    }
  };
}

/** Starts a program of our own, a built script, with the runtime that we run in. */
export function launchOwnScript(script: string): LaunchRequest {
  const electron = process.versions['electron'] !== undefined;
  return {
    command: process.execPath,
    args: [script],
    cwd: null,
    env: electron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
  };
}
