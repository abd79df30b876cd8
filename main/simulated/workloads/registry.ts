import { Database } from './database.ts';
import { ForkSave } from './fork-save.ts';
import { Framebuffer } from './framebuffer.ts';
import { GameLoop } from './game-loop.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { HugePages } from './huge-pages.ts';
import { MemoryLeak } from './memory-leak.ts';
import { SparseMapping } from './sparse-mapping.ts';
import type { WorkloadClass } from './workload.ts';

/** All workloads, in the order in which they are offered. */
export const workloads: readonly WorkloadClass[] = [
  GameLoop,
  GarbageCollector,
  Database,
  Framebuffer,
  ForkSave,
  HugePages,
  MemoryLeak,
  SparseMapping,
];
