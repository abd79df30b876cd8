import type { VmaChange, VmasEvent } from '../mm/vma-list.ts';
import { VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import { vmaText } from './access-steps.ts';
import type { Description } from './outline.ts';

interface VmaChangeText {
  readonly function: string;
  readonly what: string;
  readonly why: string;
}

const CHANGES: Readonly<Record<VmaChange, VmaChangeText>> = {
  map: {
    function: 'mmap_region()',
    what: 'A VMA is made',
    why: 'It has VM_SOFTDIRTY: every page of a new mapping counts as written, touched or not.',
  },
  unmap: { function: 'remove_vma()', what: 'VMAs are removed', why: '' },
  split: {
    function: '__split_vma()',
    what: 'A VMA is split',
    why: 'All pages of a VMA have the same flags: for a part with others it must be divided.',
  },
  merge: {
    function: 'vma_merge()',
    what: 'VMAs are merged',
    why: 'In Linux 6.1 the flags compared leave out VM_SOFTDIRTY: a merge can lose it, or spread it to clean memory.',
  },
  grow: {
    function: 'vma_merge()',
    what: 'A VMA grows',
    why: 'New memory next to a VMA with the same flags becomes a part of it.',
  },
  flags: { function: 'vm_flags_set()', what: 'The flags of a VMA change', why: '' },
  'soft-dirty': {
    function: 'clear_refs_write()',
    what: 'VM_SOFTDIRTY of a VMA is cleared',
    why: 'From now on only the entries decide which of its pages count as written.',
  },
  'anon-vma': {
    function: '__anon_vma_prepare()',
    what: 'A VMA gets its anon_vma',
    why: 'The reverse map finds the entries of an anonymous page through it.',
  },
  fork: {
    function: 'dup_mmap()',
    what: 'The VMAs are copied, with VM_SOFTDIRTY unchanged',
    why: 'The page tables follow, for VMAs with an anon_vma.',
  },
  exit: { function: 'exit_mmap()', what: 'All VMAs are removed', why: '' },
};

export function describeVmas({ change, before, after }: VmasEvent, call: string | null): Description {
  const { function: known, what, why } = CHANGES[change];
  const setter = change === 'soft-dirty' && call !== 'clear_refs' ? 'pagemap_sd_pre_vma()' : known;
  const list = (vmas: readonly Vma[]): string => (vmas.length === 0 ? 'none' : shown(vmas));
  const lit = after.length > 0 ? after : before;
  return {
    function: setter,
    sentence: `${what}: ${list(after.length > 0 ? after : before)}.`,
    detail: [...(why === '' ? [] : [why]), `Before: ${list(before)}.`, `After: ${list(after)}.`],
    touched: { vmas: lit.map(({ start, pages }) => ({ start, pages })) },
  };
}

const MAX_SHOWN = 4;

function shown(vmas: readonly Vma[]): string {
  const texts = vmas.slice(0, MAX_SHOWN).map((vma) => `${vmaText(vma)}${softMark(vma)}`);
  const more = vmas.length - texts.length;
  return texts.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const softMark = ({ flags }: Vma): string => ((flags & VM_SOFTDIRTY) === 0 ? '' : ' sd');
