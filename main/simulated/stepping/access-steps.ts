import { formatPage } from '#shared/memory/page.ts';
import type { FaultKind, MachineEvent } from '../mm/events.ts';
import { PRESENT, SWAP, WRITABLE } from '../mm/tile.ts';
import { permissionsText, VM_ACCESS, VM_WRITE } from '../mm/vma-flags.ts';
import type { Vma } from '../mm/vma.ts';
import type { WalkedLevel } from '../mm/walk.ts';
import { entryFlagsText, flagNames, levelName, oneEntry, placeOf } from './entry-flags.ts';
import type { Description, Fault, Outline } from './outline.ts';

export type AccessEvent = Extract<MachineEvent, { type: 'access' }>;
type Step = Pick<Outline, 'kind' | 'fault' | 'describe'>;

const PROCESSOR = 'processor';
const plain = (kind: Outline['kind'], describe: () => Description): Step => ({ kind, fault: null, describe });

/** The lookup and the walk of an access, and its fault where it has one. @param faults what follows in the kernel */
export function accessSteps(event: AccessEvent, levels: number, faults: readonly FaultKind[]): Step[] {
  const steps = [plain('tlb', () => tlbLookup(event, faults.length > 0))];
  for (const walked of event.walk) steps.push(plain('walk', () => walkLevel(event, walked, levels)));
  if (faults.length === 0) return steps;
  const fault = faultOf(event);
  steps.push({ kind: 'fault', fault, describe: () => raised(event, fault) });
  steps.push(plain('handler', () => vmaLookup(event)));
  return steps;
}

function tlbLookup({ page, write, tlb }: AccessEvent, faults: boolean): Description {
  const what = `${write ? 'Write to' : 'Read of'} ${formatPage(page)}: `;
  const sentences = {
    miss: 'the TLB does not have the page; the processor walks the page table.',
    stale: 'the TLB has the page without the D bit; the processor walks again, to set it in the entry.',
    hit: faults
      ? 'the TLB has the page, but as read-only.'
      : 'the TLB has the page; no walk is needed, and the kernel sees nothing of it.',
  };
  return {
    function: PROCESSOR,
    sentence: what + sentences[tlb],
    detail: [
      'The TLB caches translations with their rights and the D bit. A huge page needs one entry for its 512 pages.',
      'An entry that changes must be flushed there, or the processor continues with the old one.',
    ],
    touched: { pages: [{ start: page, pages: 1 }], ...(tlb === 'miss' ? {} : { tlb: [page] }) },
  };
}

function walkLevel(event: AccessEvent, walked: WalkedLevel, levels: number): Description {
  const { level, index, found, flags } = walked;
  const name = levelName(level, levels);
  const low = 12 + 9 * (level - 1);
  const next = level > 1 ? levelName(level - 1, levels) : '';
  const results: Record<WalkedLevel['found'], string> = {
    none: 'is none: the walk ends',
    table: `leads to a ${next} table`,
    page: `maps a page: ${entryFlagsText(flags)}`,
    'huge-page': `maps a huge page of 2 MiB: ${entryFlagsText(flags)}; the walk stops here`,
    swap: 'is a swap entry: not present',
    marker: `is ${entryFlagsText(flags)}: not present`,
  };
  const read = oneEntry({ process: event.process, page: event.page, level, levels }, 0, 0);
  return {
    function: PROCESSOR,
    sentence: `${name}[${index}] ${results[found]}.`,
    detail: [
      `Bits ${low + 8} to ${low} of the address, ${index.toString(2).padStart(9, '0')}, are the index ${index} into the ${name} table, which covers addresses from ${formatPage(placeOf(event.page, level).base)}.`,
      ...(flags === 0 ? [] : [`Flags of the entry: ${flagNames(flags).join(', ')}.`]),
      ...(level === levels ? ['CR3 holds the address of this table.'] : []),
    ],
    touched: {
      pages: [{ start: event.page, pages: 1 }],
      entries: [read],
      ...(level === levels && { registers: ['CR3'] }),
    },
  };
}

/** The fault as the processor reports it: error code P (the entry was present), W (a write), U (user mode). */
function faultOf({ page, write, walk, tlb }: AccessEvent): Fault {
  const present = tlb === 'hit' || ((walk.at(-1)?.flags ?? 0) & PRESENT) !== 0;
  return { page, errorCode: [...(present ? ['P' as const] : []), ...(write ? ['W' as const] : []), 'U'] };
}

function raised({ page, write, walk, tlb, vma }: AccessEvent, { errorCode }: Fault): Description {
  const flags = walk.at(-1)?.flags ?? 0;
  const closed = vma !== null && (vma.flags & VM_ACCESS) === 0;
  let kind = 'not present, the entry is none';
  if ((flags & SWAP) !== 0) kind = 'not present, the page is in swap';
  else if (closed && (flags & PRESENT) !== 0) kind = 'protection, the VMA allows no access';
  else if (tlb === 'hit' || ((flags & PRESENT) !== 0 && write && (flags & WRITABLE) === 0))
    kind = 'write to a read-only entry';
  return {
    function: 'exc_page_fault()',
    sentence: `Page fault (${kind}): CR2 holds the address, the error code is ${errorCode.join(', ')}.`,
    detail: [
      'Error code: P the entry was present, W the access was a write, U it came from user mode.',
      'The processor enters the kernel; the instruction runs again when the handler returns.',
    ],
    touched: { pages: [{ start: page, pages: 1 }], registers: ['CR2', 'error code'] },
  };
}

export const vmaText = ({ start, end, flags }: Vma): string =>
  `${formatPage(start)}–${formatPage(end)} ${permissionsText(flags)}`;

function vmaLookup({ page, write, vma }: AccessEvent): Description {
  if (vma === null) {
    return {
      function: 'find_vma()',
      sentence: `No VMA holds ${formatPage(page)}: the access is an error.`,
      detail: ['bad_area() sends SIGSEGV with SEGV_MAPERR.'],
      touched: { pages: [{ start: page, pages: 1 }] },
    };
  }
  const allowed = (vma.flags & (write ? VM_WRITE : VM_ACCESS)) !== 0;
  const right = write ? 'writing' : 'reading';
  return {
    function: 'find_vma()',
    sentence: allowed
      ? `The VMA ${vmaText(vma)} holds the address and allows ${right}: handle_mm_fault() resolves the fault.`
      : `The VMA ${vmaText(vma)} holds the address, but does not allow ${right}.`,
    detail: [
      allowed
        ? 'access_error() compares the error code with vm_flags: the VMA, not the entry, decides what the program may do.'
        : 'access_error() is true: bad_area_access_error() sends SIGSEGV with SEGV_ACCERR.',
    ],
    touched: {
      pages: [{ start: page, pages: 1 }],
      vmas: [{ start: vma.start, pages: vma.pages }],
    },
  };
}
