import { preflight } from './native/preflight/preflight.ts';
import { listProcessesInSlices } from './native/process-list/list.ts';
import { runProbe } from './native/probe/probe.ts';
import { openAnySource } from './open-sources.ts';
import type { Engine } from './session/server/handlers.ts';
import { listWorkloads } from './simulated/source/open.ts';

/** The engine of this machine, which serves windows over any transport. */
export const engine: Engine = {
  openSource: openAnySource,
  workloads: listWorkloads,
  probe: runProbe,
  preflight,
  processes: listProcessesInSlices,
};
