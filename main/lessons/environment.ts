import { addressOfPage, PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { ENTRY_FLAGS, type EntryFlag } from '#shared/contract/lesson.ts';
import type { Step, StepResult } from '../scenarios/steps.ts';
import type { MachineEvent } from '../simulated/mm/events.ts';
import type { MmStruct } from '../simulated/mm/mm-struct.ts';
import {
  ACCESSED,
  DIRTY,
  EXCLUSIVE,
  FILE,
  GUARD,
  PRESENT,
  SOFT,
  SWAP,
  UFFD_WP,
  WRITABLE,
  ZERO,
} from '../simulated/mm/tile.ts';
import { permissionsText, VM_SOFTDIRTY } from '../simulated/mm/vma-flags.ts';
import type { Vma } from '../simulated/mm/vma.ts';
import { pagemap, PM_SOFT_DIRTY } from '../simulated/pagemap/pagemap.ts';
import { walkPage } from '../simulated/source/walk.ts';
import type { Environment, LessonFunction, Value } from './expression.ts';
import { PLAIN_FUNCTIONS, wholeNumber, type Parameters } from './parameters.ts';

/** What an answer may use: a step, its result and events, and the process before and after it. */
export interface PlayedStep {
  readonly step: Step;
  readonly result: StepResult;
  /** Results of the previous steps, in their order. */
  readonly results: readonly StepResult[];
  readonly events: readonly MachineEvent[];
  readonly before: MmStruct;
  readonly after: MmStruct;
}

/** Pages that one list has at most. */
const MAX_PAGES = 65_536;

/**
 * The names of an answer: `result`, `results`, `reported`; `vmas`, `written`, `faults`; entry(), vma(), count(), hex() …
 * Those that end with `Before` are of the process before the step. LESSONS.md lists them.
 */
export function environmentOf(played: PlayedStep, parameters: Parameters): Environment {
  const { before, after, events } = played;
  return {
    values: parameters,
    lazy: {
      result: () => resultValue(played.result),
      results: () => played.results.map(resultValue),
      reported: () => reportedPages(played).map(addressOf),
      written: () => writtenPages(after).map(addressOf),
      writtenBefore: () => writtenPages(before).map(addressOf),
      vmas: () => after.vmas.all().map(vmaValue),
      vmasBefore: () => before.vmas.all().map(vmaValue),
      faults: () => events.filter(({ type }) => type === 'fault').length,
      faulted: () =>
        [...new Set(events.flatMap((event) => (event.type === 'fault' ? [event.page] : [])))].map(addressOf),
      accesses: () => events.filter(({ type }) => type === 'access').length,
    },
    functions: {
      ...PLAIN_FUNCTIONS,
      entry: (addr) => entryValue(after, pageOf(addr)),
      entryBefore: (addr) => entryValue(before, pageOf(addr)),
      vma: (addr) => vmaAt(after, addr),
      vmaBefore: (addr) => vmaAt(before, addr),
      /** Events of one type: `count('fault')`, `count('fault', 'copy-on-write')`, `count('pmd', 'huge-split')`. */
      count: countIn(events),
    },
  };
}

/**
 * A result as in a scenario's file, with every field that a question may ask for: `ret` is -1 and `errno` the name where a
 * call failed, as in C; those of GET list `vec`, byte offsets.
 */
function resultValue(result: StepResult): Value {
  const runs = 'vecRuns' in result ? (result.vecRuns ?? []) : [];
  const vec = runs.flatMap(([offset, pages]) =>
    Array.from({ length: pages }, (_, page) => offset + page * PAGE_SIZE),
  );
  const none = { ret: -1, errno: '', signal: '', crash: '', defects: [] };
  return { ...none, vec, ...result } as unknown as Value;
}

const addressOf = (page: number): number => Number(addressOfPage(page));
const pageOf = (addr: Value | undefined): number => Math.floor(wholeNumber(addr) / PAGE_SIZE);

/** The pages that GET or GET_AND_CLEAR returned. */
function reportedPages({ step, result }: PlayedStep): number[] {
  if (step.op !== 'ioctl' || !('vecRuns' in result) || !result.vecRuns) return [];
  const first = pageOfAddress(step.start);
  return result.vecRuns.flatMap(([offset, count]) =>
    Array.from({ length: count }, (_, page) => first + offset / PAGE_SIZE + page),
  );
}

/** The pages whose bit 55 of pagemap is set. */
export function writtenPages(mm: MmStruct): number[] {
  const pages: number[] = [];
  for (const vma of mm.vmas.all()) {
    for (const run of pagemap(mm, vma.start, vma.end)) {
      if ((run.bits & PM_SOFT_DIRTY) === 0) continue;
      for (let page = run.start; page < run.end; page++) {
        pages.push(page);
        if (pages.length > MAX_PAGES) throw new Error(`more than ${MAX_PAGES} pages count as written`);
      }
    }
  }
  return pages;
}

function vmaValue(vma: Vma): Value {
  return {
    start: addressOf(vma.start),
    end: addressOf(vma.end),
    pages: vma.pages,
    sd: (vma.flags & VM_SOFTDIRTY) !== 0,
    perms: permissionsText(vma.flags),
  };
}

function vmaAt(mm: MmStruct, addr: Value | undefined): Value {
  const vma = mm.vmas.lookup(pageOf(addr));
  return vma === null ? null : vmaValue(vma);
}

function entryValue(mm: MmStruct, page: number): Value {
  const tile = mm.table.find(page);
  const flags = tile?.entry(page - tile.base) ?? 0;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  return {
    none: flags === 0,
    present: has(PRESENT),
    writable: has(WRITABLE),
    soft: has(SOFT),
    dirty: has(DIRTY),
    accessed: has(ACCESSED),
    zero: has(ZERO),
    exclusive: has(EXCLUSIVE),
    file: has(FILE),
    swap: has(SWAP),
    guard: has(GUARD),
    uffd: has(UFFD_WP),
    huge: tile !== null && tile.huge !== 0,
  };
}

/** Flags of the entry that ends the walk of `page`, as the page-table view names them. */
export function entryFlags(mm: MmStruct, page: number): EntryFlag[] {
  const last = walkPage(mm, page).steps.at(-1);
  return ENTRY_FLAGS.filter((flag) => last?.bits.includes(flag) ?? false);
}

function countIn(events: readonly MachineEvent[]): LessonFunction {
  return (type, detail) =>
    events.filter((event) => {
      if (event.type !== type) return false;
      if (detail === undefined) return true;
      return wordsOf(event).includes(detail);
    }).length;
}

/** The words that an event of a type can be asked by. */
function wordsOf(event: MachineEvent): Value[] {
  switch (event.type) {
    case 'fault':
      return [event.kind];
    case 'access':
      return [event.tlb, event.write ? 'write' : 'read'];
    case 'vmas':
    case 'entries':
    case 'pmd':
      return [event.change];
    case 'call':
      return [event.name];
    case 'defect':
      return [event.id];
    default:
      return [];
  }
}
