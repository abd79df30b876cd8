/** What attaching to a process can change for it, determined without touching it. */
import { z } from 'zod';
import { backendNameSchema } from '../source/backend.ts';

/** Everything that attaching can change, as far as it is known in advance. */
export const EFFECTS = [
  'stop',
  'first-write',
  'huge-pages',
  'added-vmas',
  'memory-calls',
  'finite-waits',
  'mremap-grown',
  'mremap-many',
  'own-userfaultfd',
  'madv-collapse',
  'soft-dirty-bits',
  'compared-contents',
  'io-uring',
  'shared-memory',
  'filtered',
  'traced',
] as const;
export type EffectId = (typeof EFFECTS)[number];

/** `note`: too small to matter; `caution`: can be noticed; `warning`: this program is likely to be affected. */
export const EFFECT_SEVERITIES = ['note', 'caution', 'warning'] as const;
export type EffectSeverity = (typeof EFFECT_SEVERITIES)[number];

export const effectSchema = z.object({
  id: z.enum(EFFECTS),
  severity: z.enum(EFFECT_SEVERITIES),
  /** A phrase, with the number if there is one: "1,024 huge pages are split when they are written". */
  title: z.string(),
  /** One or two sentences: what happens, and what limits or undoes it. */
  detail: z.string(),
  /** When, and how often. */
  chance: z.string(),
});
export type Effect = z.infer<typeof effectSchema>;

/** What was read of the process; null if it may not be read. */
export const preflightFactsSchema = z.object({
  threads: z.number().int(),
  vmas: z.number().int().nullable(),
  /** vm.max_map_count. */
  maxVmas: z.number().int(),
  /** Huge pages mapped by PMD entries: anonymous ones, and those of shared memory and files. */
  hugePages: z.number().int().nullable(),
  /** Writable shared mappings. */
  sharedMappings: z.number().int().nullable(),
  /** 0 none, 1 strict, 2 filter. */
  seccomp: z.number().int(),
  /** Pid of the process that traces it; 0: none. */
  tracer: z.number().int(),
  /** Open descriptors by kind. */
  userfaultfds: z.number().int().nullable(),
  ioUrings: z.number().int().nullable(),
  /** pagemap or clear_refs files: it uses soft-dirty bits, its own or another's. */
  softDirtyFiles: z.number().int().nullable(),
});
export type PreflightFacts = z.infer<typeof preflightFactsSchema>;

export const preflightSchema = z.object({
  pid: z.number().int().positive(),
  name: z.string(),
  /** The backend that the effects are about; null if none works here. */
  backend: backendNameSchema.nullable(),
  facts: preflightFactsSchema,
  /** The most important first. */
  effects: z.array(effectSchema),
});
export type Preflight = z.infer<typeof preflightSchema>;
