import type { TriggerCondition, TriggerMemory } from '#shared/contract/trigger.ts';
import { pageOfAddress } from '#shared/memory/page.ts';
import { intersectRanges } from '#shared/memory/range.ts';
import type { WrittenState } from '../frames/frame-builder.ts';
import { rangesOf } from './pages-written.ts';

/** A program that is launched has this long to map what a trigger names, in nanoseconds. */
const STARTING_NS = 1e9;

/** Finds triggers on memory that is not mapped. Each is reported once: with a mistyped address or name it would never act. */
export class UnmappedMemory {
  /** Ids of triggers whose memory was mapped, or was reported as not mapped. */
  private readonly settled = new Set<string>();

  /** @returns what to report of the trigger `id` at the sample of `timeNs`, which found `vmas`; null: nothing */
  check(id: string, condition: TriggerCondition, vmas: WrittenState['vmas'], timeNs: number): string | null {
    const memory = memoryOf(condition);
    if (memory === null || this.settled.has(id)) return null;
    const isMapped = rangesOf(memory, vmas).some((range) =>
      vmas.some((vma) => intersectRanges(range, vma) !== null),
    );
    if (!isMapped && timeNs < STARTING_NS) return null;
    this.settled.add(id);
    if (isMapped) return null;
    return 'mapping' in memory
      ? 'no mapping has this name now; it will be watched if one is mapped later.'
      : 'nothing is mapped there now; it will be watched if it is mapped later.';
  }
}

/** Null: all of the program. */
function memoryOf(condition: TriggerCondition): TriggerMemory | null {
  if (condition.kind !== 'word') return condition.memory;
  const start = pageOfAddress(condition.address);
  return { start, end: start + 1 };
}
