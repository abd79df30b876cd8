import { formatPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { EntriesChange } from '../mm/entry.ts';
import type { FaultKind, MachineEvent } from '../mm/events.ts';
import type { PmdChange } from '../mm/page-table.ts';
import { ACCESSED, DIRTY, PRESENT, SOFT, WRITABLE } from '../mm/tile.ts';
import {
  changeText,
  entryFlagsText,
  flagNames,
  levelName,
  oneEntry,
  runPages,
  tableDiff,
} from './entry-flags.ts';
import { ENTRY_SETTERS } from './fault-steps.ts';
import type { Description, Outline } from './outline.ts';

/** Where an event happens: what decides which function it represents. */
export interface Context {
  /** Levels of the page table, 4 or 5. */
  readonly levels: number;
  /** The system call or operation that runs; null in an access. */
  readonly call: string | null;
  /** How the fault that is being handled is resolved; null outside of one. */
  readonly fault: FaultKind | null;
}

type EventOf<T extends MachineEvent['type']> = Extract<MachineEvent, { type: T }>;
type Step = Pick<Outline, 'kind' | 'describe'>;

/** One entry of a page table. */
export function entryStep(event: EventOf<'entry'>, context: Context): Step {
  return {
    kind: 'entry',
    describe: () => {
      const { process, page, before, after } = event;
      const bits = before.flags ^ after.flags;
      const processor = context.fault === null && context.call === null && (bits & ~(ACCESSED | DIRTY)) === 0;
      const changed = changeText(after.flags & ~before.flags, before.flags & ~after.flags, true);
      return {
        function: processor ? 'processor' : setterOf(context, before.flags),
        sentence: `The entry of ${formatPage(page)} ${changed}${before.flags === 0 ? ': it was none' : ''}.`,
        detail: [
          `Before: ${entryFlagsText(before.flags)} (${flagNames(before.flags).join(', ') || 'no flags'}).`,
          `After: ${entryFlagsText(after.flags)} (${flagNames(after.flags).join(', ') || 'no flags'}).`,
          ...softReason(before.flags, after.flags),
          ...(before.frame === after.frame ? [] : [`Shared frame: ${before.frame} → ${after.frame}.`]),
        ],
        touched: {
          pages: [{ start: page, pages: 1 }],
          entries: [oneEntry({ process, page, level: 1, levels: context.levels }, before.flags, after.flags)],
        },
      };
    },
  };
}

function setterOf({ fault, call }: Context, before: number): string {
  // In place of the zero page, which do_wp_page() finds.
  if (fault === 'new-page' && (before & PRESENT) !== 0) return 'wp_page_copy()';
  if (fault !== null) return ENTRY_SETTERS[fault] ?? 'handle_pte_fault()';
  return call === null ? 'handle_pte_fault()' : (CALL_SETTERS[call] ?? 'set_pte_at()');
}

const CALL_SETTERS: Readonly<Record<string, string>> = {
  pin: 'pin_user_pages()',
  unpin: 'unpin_user_pages()',
  migrate: 'remove_migration_pte()',
  reclaim: 'try_to_unmap_one()',
  madvise: 'madvise_vma_behavior()',
  uffd_writeprotect: 'change_pte_range()',
  PAGEMAP_SCAN: 'pagemap_scan_pmd_entry()',
};

function softReason(before: number, after: number): string[] {
  if ((after & SOFT) !== 0 && (before & SOFT) === 0)
    return [
      'pte_mkdirty() of x86 sets soft-dirty together with the D bit: from now on the page counts as written.',
    ];
  if ((before & WRITABLE) !== 0 && (after & WRITABLE) === 0)
    return ['Without RW the next write faults, and the fault sets soft-dirty again.'];
  return [];
}

const TABLE_CHANGES: Readonly<Record<EntriesChange, { function: string; what: string; why: string }>> = {
  access: {
    function: 'handle_pte_fault()',
    what: 'are accessed, each with its own walk and fault like the pages before',
    why: 'The rest of a long access is shown a page table at a time.',
  },
  clear: {
    function: 'clear_soft_dirty()',
    what: 'are cleared',
    why: 'Soft-dirty and RW go together: only a fault can notice the next write, so the entry must be read-only.',
  },
  zap: {
    function: 'zap_pte_range()',
    what: 'are removed',
    why: 'The pages go back, unless others use them.',
  },
  protect: {
    function: 'change_pte_range()',
    what: 'are given the new rights',
    why: 'vm_page_prot of the VMA decides.',
  },
  fork: {
    function: 'copy_pte_range()',
    what: 'are copied for the child',
    why: 'Private pages become read-only in parent and child, and lose EXCLUSIVE: the first write copies.',
  },
  move: {
    function: 'move_ptes()',
    what: 'are moved to their new address',
    why: 'move_soft_dirty_pte() sets soft-dirty in every entry that moves.',
  },
  reclaim: {
    function: 'try_to_unmap_one()',
    what: 'are reclaimed',
    why: 'Anonymous pages leave a swap entry.',
  },
  advice: { function: 'madvise_vma_behavior()', what: 'change as advised', why: '' },
};

/** Many entries of one page table. */
export function entriesStep(event: EventOf<'entries'>, context: Context): Step {
  return {
    kind: 'entry',
    describe: () => {
      const { process, page, change, before, after } = event;
      const { runs, set, cleared } = tableDiff(before, after);
      const pages = runs.reduce((sum, [, count]) => sum + count, 0);
      const how = TABLE_CHANGES[change];
      const setter =
        change === 'clear' && context.call === 'PAGEMAP_SCAN' ? 'pagemap_scan_pmd_entry()' : how.function;
      const first = page + (runs[0]?.[0] ?? 0);
      return {
        function: setter,
        sentence: `${pages === 1 ? `The entry of ${formatPage(first)}` : `${pages} entries from ${formatPage(first)} on`} ${pages === 1 ? how.what.replace(/^are /, 'is ') : how.what}: ${changeText(set, cleared, pages === 1)}.`,
        detail: how.why === '' ? [] : [how.why],
        touched: {
          pages: runPages(page, runs),
          entries: [
            {
              process,
              level: levelName(1, context.levels),
              base: page,
              runs,
              set: flagNames(set),
              cleared: flagNames(cleared),
            },
          ],
        },
      };
    },
  };
}

interface PmdText {
  readonly kind: Outline['kind'];
  readonly function: string;
  readonly sentence: string;
  readonly detail: readonly string[];
}

const PMD_TEXTS: Readonly<Record<PmdChange, PmdText>> = {
  'table-made': {
    kind: 'table',
    function: '__pte_alloc()',
    sentence: 'A page table is made: 512 entries, all none.',
    detail: ['It costs a page of 4 KiB and serves 2 MiB of addresses.'],
  },
  'table-freed': {
    kind: 'table',
    function: 'free_pte_range()',
    sentence: 'The page table is freed.',
    detail: [],
  },
  'huge-mapped': {
    kind: 'huge',
    function: 'set_pmd_at()',
    sentence: 'The PMD entry maps a huge page: there is no PTE below it.',
    detail: ['One entry, one soft-dirty bit, for 512 pages.'],
  },
  'huge-moved': {
    kind: 'huge',
    function: 'move_huge_pmd()',
    sentence: 'The huge page moves as one entry, which becomes soft-dirty.',
    detail: ['Only if the old and the new address are multiples of 2 MiB.'],
  },
  'huge-changed': { kind: 'huge', function: 'set_pmd_at()', sentence: 'The PMD entry changes', detail: [] },
  'huge-split': {
    kind: 'huge',
    function: '__split_huge_pmd()',
    sentence: 'The huge page is split into 512 entries, which inherit its soft-dirty bit.',
    detail: [
      'A part of a huge page cannot be cleared, protected or unmapped: the entry is for all 512 pages.',
    ],
  },
  'huge-zapped': {
    kind: 'huge',
    function: 'zap_huge_pmd()',
    sentence: 'The huge page is unmapped.',
    detail: ['A huge page of a file is unmapped instead of split, and its soft-dirty bit is lost.'],
  },
  collapsed: {
    kind: 'huge',
    function: 'collapse_huge_page()',
    sentence: '512 entries become one huge page, all of which counts as written.',
    detail: ['The new entry is soft-dirty, whatever the small ones were.'],
  },
};

/** The setter of a huge page's entry, by the call that changes it. */
const HUGE_SETTERS: Readonly<Record<string, string>> = {
  clear_refs: 'clear_soft_dirty_pmd()',
  CLEAR: 'clear_soft_dirty_pmd()',
  GET_AND_CLEAR: 'clear_soft_dirty_pmd()',
  mprotect: 'change_huge_pmd()',
  fork: 'copy_huge_pmd()',
};

/** A PMD entry: a page table, or a huge page. */
export function pmdStep(event: EventOf<'pmd'>, context: Context): Step {
  const text = PMD_TEXTS[event.change];
  return { kind: text.kind, describe: () => describePmd(event, context, text) };
}

function describePmd(event: EventOf<'pmd'>, context: Context, text: PmdText): Description {
  const { process, page, change, before, after } = event;
  const huge = (state: typeof before): number => (state?.kind === 'huge' ? state.flags : 0);
  const [old, now] = [huge(before), huge(after)];
  const small = before?.kind === 'table' || after?.kind === 'table';
  const diff = tableDiff(
    before?.kind === 'table' ? before.table : null,
    after?.kind === 'table' ? after.table : null,
  );
  const setter =
    context.fault !== null
      ? ENTRY_SETTERS[context.fault]
      : context.call === null
        ? undefined
        : HUGE_SETTERS[context.call];
  const isSet = change === 'huge-changed' || change === 'huge-mapped';
  return {
    function: isSet ? (setter ?? text.function) : text.function,
    sentence:
      change === 'huge-changed'
        ? `The huge page's entry ${changeText(now & ~old, old & ~now, true)}.`
        : `${formatPage(page)}: ${text.sentence}`,
    detail: [...text.detail, ...(now === 0 ? [] : [`Flags of the PMD entry: ${flagNames(now).join(', ')}.`])],
    touched: {
      pages:
        change === 'table-made' || change === 'table-freed' ? [] : [{ start: page, pages: PAGES_PER_TILE }],
      entries: [
        oneEntry({ process, page, level: 2, levels: context.levels }, old, now),
        ...(small && diff.runs.length > 0
          ? [
              {
                process,
                level: 'PTE' as const,
                base: page,
                runs: diff.runs,
                set: flagNames(diff.set),
                cleared: flagNames(diff.cleared),
              },
            ]
          : []),
      ],
    },
  };
}

/** A table above the PTEs. */
export function directoryStep(
  { process, level, page, after }: EventOf<'directory'>,
  { levels }: Context,
): Step {
  return {
    kind: 'table',
    describe: () => {
      const name = levelName(level, levels);
      const call = name.toLowerCase();
      return {
        function: after ? `__${call}_alloc()` : `free_${call}_range()`,
        sentence: `A ${name} table for addresses from ${formatPage(page)} on is ${after ? 'made' : 'freed'}.`,
        detail: [`The entry above it ${after ? 'was none and now leads to it' : 'becomes none'}.`],
        touched: {
          entries: [
            {
              ...oneEntry({ process, page, level: level + 1, levels }, 0, 0),
              ...(after ? { set: ['P'] } : { cleared: ['P'] }),
            },
          ],
        },
      };
    },
  };
}

/** A whole table that mremap moves. */
export function tableMovedStep(
  { process, level, before, after }: EventOf<'table-moved'>,
  { levels }: Context,
): Step {
  return {
    kind: 'table',
    describe: () => ({
      function: level === 1 ? 'move_normal_pmd()' : 'move_normal_pud()',
      sentence: `The whole table of ${formatPage(before)} is linked at ${formatPage(after)}: its entries do not change.`,
      detail: [
        'A table that moves as a whole keeps clean entries clean; entries moved one by one become soft-dirty.',
      ],
      touched: {
        entries: [before, after].map((page) => oneEntry({ process, page, level: level + 1, levels }, 0, 0)),
        pages: [{ start: after, pages: PAGES_PER_TILE ** level }],
      },
    }),
  };
}
