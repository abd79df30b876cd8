import { z } from 'zod';

/**
 * How a source reads and clears at once. `atomic`: no write is lost while the program runs; `emulated-freeze`: exact
 * because the program is stopped meanwhile; `emulated-racy`: writes can be missed, those between read and clear
 * (soft-dirty) or those that change nothing (comparison of contents); `none`: cannot.
 */
export const ATOMICITIES = ['atomic', 'emulated-freeze', 'emulated-racy', 'none'] as const;
export type Atomicity = (typeof ATOMICITIES)[number];

/** What a source can do, derived from its groups (`capabilitiesOf`). The window leaves out or explains what is false or null; nothing is faked. */
export const capabilitiesSchema = z.object({
  get: z.boolean(),
  clear: z.boolean(),
  getAndClear: z.enum(ATOMICITIES),
  /** Whether NO_REUSED_REGIONS changes anything (sources that know VM_SOFTDIRTY). */
  noReusedRegions: z.boolean(),
  /** clear_refs "4": the whole process. */
  clearRefs: z.boolean(),
  /** Why every clear takes something from another program, in words; missing if it takes nothing. */
  clearsForOthers: z.string().exactOptional(),
  /** `entries`: real page-table entries; `address`: only the address's split into indexes. */
  walk: z.enum(['entries', 'address', 'none']),
  bytes: z.boolean(),
  /** Can stop the program while a range is read. */
  snapshot: z.boolean(),
  /** What `control` accepts. */
  control: z.array(z.enum(['pause', 'continue', 'kill', 'step'])),
  /** Can be played: play, pause, seek (a recording). */
  seek: z.boolean(),
  /** Can find which code writes (`writers.watch`); missing if it cannot. */
  writers: z.boolean().exactOptional(),
  /** Can watch the writes to single words; missing if it cannot. */
  words: z.boolean().exactOptional(),
  /** Is played by sub-steps (`steps.move`); missing if it is not. */
  steps: z.boolean().exactOptional(),
  /** Whether variables and heap blocks at an address are known (`page.objects`, `symbol.find`); missing if they are not. */
  objects: z.boolean().exactOptional(),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;
export type ControlAction = Capabilities['control'][number];
export type WalkKind = Capabilities['walk'];

/** Nothing can be done to the program of a recording. @param reruns whether it is a simulated one that can run again */
export const recordingCapabilities = (reruns: boolean): Capabilities => ({
  get: false,
  clear: false,
  getAndClear: 'none',
  noReusedRegions: false,
  clearRefs: false,
  walk: reruns ? 'entries' : 'address',
  bytes: false,
  snapshot: false,
  control: [],
  seek: true,
});
