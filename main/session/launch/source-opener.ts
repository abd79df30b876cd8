import type { OpenSource } from '#shared/contract/commands.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import type { LaunchRequest } from './held-program.ts';
import { LaunchedSource, type Readiness } from './launched-source.ts';
import type { OpenSourceFunction } from '../session.ts';

/** What opens each kind of live source; passed in by the entry that composes the engine. */
export interface SourceFactories {
  simulated(request: Extract<OpenSource, { kind: 'simulated' }>): Promise<TrackingSource>;
  /** A scenario, to be played by sub-steps. */
  scenario(request: Extract<OpenSource, { kind: 'scenario' }>): Promise<TrackingSource>;
  /** Throws if real processes cannot be watched at all: asked before a program is started for it. */
  requireNative(): void;
  /** Attaches to a process. */
  native(pid: number, how: TrackingOptions): Promise<TrackingSource>;
  /** How to start a program so that it can be watched with this method. Throws if it cannot. */
  launch(request: LaunchRequest & Readiness, how: TrackingOptions): WatchedLaunch;
  /** How the demo program is started. */
  demo(): LaunchRequest & Readiness;
}

/** A program that is about to be started, and how it is watched then. */
export interface WatchedLaunch {
  readonly request: LaunchRequest & Readiness;
  /** `armed`: it is held at exec, prepared for this. */
  attach(pid: number, armed: boolean): Promise<TrackingSource>;
  /** Releases what was prepared; even when the program was not started. Idempotent. */
  close(): void;
}

/** Returns the function that opens the source of a request. */
export function sourceOpener(factories: SourceFactories): OpenSourceFunction {
  const launch = async (request: LaunchRequest & Readiness, how: TrackingOptions) => {
    const prepared = factories.launch(request, how);
    try {
      const attach = (pid: number, armed: boolean) => prepared.attach(pid, armed);
      return await LaunchedSource.open(prepared.request, attach, () => prepared.close());
    } catch (cause) {
      prepared.close();
      throw cause;
    }
  };
  return async (what) => {
    if (what.kind !== 'simulated' && what.kind !== 'scenario') factories.requireNative();
    switch (what.kind) {
      case 'simulated':
        return factories.simulated(what);
      case 'scenario':
        return factories.scenario(what);
      case 'native':
        return factories.native(what.pid, what);
      case 'launch':
        return launch(what, what);
      case 'demo':
        return launch(factories.demo(), {});
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
