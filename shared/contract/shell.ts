/** What the preload script offers the window as `window.shell`: all that it has of the shell besides the engine's port. */
import { z } from 'zod';

export const hostStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('starting') }),
  z.object({ status: z.literal('running') }),
  /** The engine's process is gone; `detail` tells how. The watched program goes on. */
  z.object({ status: z.literal('died'), detail: z.string() }),
]);
export type HostStatus = z.infer<typeof hostStatusSchema>;

export const shellInfoSchema = z.object({
  version: z.string(),
  electron: z.string(),
  chromium: z.string(),
  platform: z.string(),
  /** Source to open at start, from the command line (`--source=demo|simulated|pid:N`); null for the start view. */
  source: z.string().nullable(),
});
export type ShellInfo = z.infer<typeof shellInfoSchema>;

/** Message type under which the preload posts the engine's MessagePort to the window (`window.postMessage`). */
export const ENGINE_PORT_MESSAGE = 'soft-dirty-inspector:engine-port';

export interface Shell {
  info(): Promise<ShellInfo>;
  /** Starts the engine again after it died; a new port follows. */
  restartEngine(): Promise<void>;
  /** The listener hears the present status at once, then every change, until the returned function is called. */
  onHostStatus(listener: (status: HostStatus) => void): () => void;
}
