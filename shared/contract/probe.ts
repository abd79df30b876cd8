/** What this kernel and this user can do, and which backends follow from it. */
import { z } from 'zod';
import { backendNameSchema } from '../source/backend.ts';
import { ATOMICITIES } from '../source/capabilities.ts';

/** Everything that is probed, in the order in which it is shown. */
export const PROBED = [
  'kernel',
  'privileges',
  'ptrace',
  'pagemap-scan',
  'userfaultfd',
  'write-protect-async',
  'pidfd-getfd',
  'process-vm-readv',
  'procmap-query',
  'soft-dirty',
  'clear-refs',
  'swap',
  'transparent-huge-pages',
] as const;
export type Probed = (typeof PROBED)[number];

const probedCapabilitySchema = z.object({
  id: z.enum(PROBED),
  title: z.string(),
  available: z.boolean(),
  /** What was tried or read, and what came back. */
  evidence: z.string(),
  /** What it is used for, or why it is missing: one sentence. */
  reason: z.string(),
  /** How to make it available; empty if it is, or nothing can be done. */
  remedy: z.string(),
});
export type ProbedCapability = z.infer<typeof probedCapabilitySchema>;

/** Which programs can be watched: every user's, our own user's, only those launched from here, or none. */
export const PROGRAMS = ['all', 'own', 'launched', 'none'] as const;

const probedBackendSchema = z.object({
  id: backendNameSchema,
  title: z.string(),
  /** Whether it can be used here, on the programs in `programs`. */
  available: z.boolean(),
  programs: z.enum(PROGRAMS),
  /** How it reads and clears at once if it can be used. */
  getAndClear: z.enum(ATOMICITIES),
  reason: z.string(),
  remedy: z.string(),
});
export type ProbedBackend = z.infer<typeof probedBackendSchema>;

export const probeReportSchema = z.object({
  /** "linux x64" */
  platform: z.string(),
  /** Release of the kernel. */
  kernel: z.string(),
  user: z.object({
    /** Null if the system has no such numbers. */
    uid: z.number().int().nullable(),
    name: z.string(),
  }),
  capabilities: z.array(probedCapabilitySchema),
  /** Best first. */
  backends: z.array(probedBackendSchema),
  /** What is used unless the user chooses; null if nothing can be. */
  choice: z.object({
    running: backendNameSchema.nullable(),
    launched: backendNameSchema.nullable(),
    reason: z.string(),
  }),
});
export type ProbeReport = z.infer<typeof probeReportSchema>;
