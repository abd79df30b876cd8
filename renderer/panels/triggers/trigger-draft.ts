import { MAX_COMMAND, type NewTrigger, WORD_SIZES } from '#shared/contract/trigger.ts';
import { pagesOfBytes, parseBytes, PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { MAX_NOTE } from '#shared/contract/recording.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { MAX_SNAPSHOT_PAGES } from '#shared/source/snapshot.ts';

export type ConditionKind = NewTrigger['condition']['kind'];
export type ActionKind = NewTrigger['action']['kind'];

/** The contents of the trigger form. */
export interface TriggerDraft {
  readonly condition: ConditionKind;
  /** ADDRESS+LENGTH, or the name of a named range or of mappings; empty: all of the program. */
  readonly memory: string;
  readonly atLeast: number;
  readonly address: string;
  readonly size: string;
  readonly action: ActionKind;
  readonly note: string;
  readonly command: string;
  readonly each: boolean;
}

export const EMPTY_DRAFT: TriggerDraft = {
  ...{ condition: 'written', memory: '', atLeast: 100, address: '', size: '8' },
  ...{ action: 'mark', note: '', command: '', each: false },
};

/** A range as the field of memory takes it. */
export const rangeText = ({ start, end }: PageRange): string =>
  `0x${(BigInt(start) * 4096n).toString(16)}+0x${((end - start) * PAGE_SIZE).toString(16)}`;

/** The trigger, or what is wrong with the field of that name. */
export type ParsedDraft =
  | { readonly ok: true; readonly trigger: NewTrigger }
  | { readonly ok: false; readonly field: keyof TriggerDraft; readonly problem: string };

/** @param pagesOfName the pages of a named range; null if there is no range of that name */
export function parseDraft(
  draft: TriggerDraft,
  pagesOfName: (name: string) => PageRange | null = () => null,
): ParsedDraft {
  const bad = (field: keyof TriggerDraft, problem: string): ParsedDraft => ({ ok: false, field, problem });
  const memory = pagesOfName(draft.memory.trim()) ?? memoryOf(draft.memory.trim());
  if (memory === undefined && draft.condition !== 'word')
    return bad(
      'memory',
      'ADDRESS+LENGTH, such as 0x7f0000000000+64K, or the name of a mapping or named range.',
    );
  let condition: NewTrigger['condition'];
  if (draft.condition === 'word') {
    const address = parseBytes(draft.address.trim());
    const size = WORD_SIZES.find((one) => String(one) === draft.size) ?? 8;
    if (address === null || address >= 2n ** 64n)
      return bad('address', 'An address, such as 0x7f0000000010.');
    if (address % BigInt(size) !== 0n) return bad('address', `A multiple of ${size} bytes.`);
    condition = { kind: 'word', address, size };
  } else if (draft.condition === 'pages')
    condition = { kind: 'pages', memory: memory ?? null, atLeast: draft.atLeast };
  else {
    if (memory === null || memory === undefined)
      return bad('memory', 'Which memory? Select pages first, or type the name of a mapping or named range.');
    condition = { kind: 'written', memory };
  }
  switch (draft.action) {
    case 'mark':
      return {
        ok: true,
        trigger: {
          condition,
          action: { kind: 'mark', note: draft.note.slice(0, MAX_NOTE) },
          each: draft.each,
        },
      };
    case 'run': {
      const command = draft.command.trim();
      if (command === '' || command.length > MAX_COMMAND) return bad('command', 'A shell command.');
      return { ok: true, trigger: { condition, action: { kind: 'run', command }, each: draft.each } };
    }
    case 'snapshot': {
      if (memory === null || memory === undefined || 'mapping' in memory)
        return bad('memory', 'A snapshot needs ADDRESS+LENGTH: select its pages first.');
      if (memory.end - memory.start > MAX_SNAPSHOT_PAGES)
        return bad('memory', `A snapshot has at most ${MAX_SNAPSHOT_PAGES} pages.`);
      return {
        ok: true,
        trigger: { condition, action: { kind: 'snapshot', range: memory }, each: draft.each },
      };
    }
    default:
      return { ok: true, trigger: { condition, action: { kind: draft.action }, each: draft.each } };
  }
}

/** Null: all of the program; undefined: no memory has that name. */
function memoryOf(text: string): PageRange | { mapping: string } | null | undefined {
  if (text === '') return null;
  if (!/^(0x|\d)/i.test(text)) return { mapping: text };
  const [start = null, length = null, ...rest] = text.split('+').map((part) => parseBytes(part.trim()));
  if (start === null || length === null || length === 0n || rest.length > 0 || start + length > 2n ** 63n)
    return undefined;
  const first = pageOfAddress(start);
  return { start: first, end: first + pagesOfBytes(start + length - BigInt(first) * BigInt(PAGE_SIZE)) };
}
