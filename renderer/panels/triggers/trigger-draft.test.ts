import { describe, expect, it } from 'vitest';
import { newTriggerSchema } from '#shared/contract/trigger.ts';
import { EMPTY_DRAFT, parseDraft, rangeText, type TriggerDraft } from './trigger-draft.ts';

const parse = (part: Partial<TriggerDraft>) => parseDraft({ ...EMPTY_DRAFT, ...part });

describe('what is typed of a trigger', () => {
  it.each([
    [{ memory: '[heap]' }, { condition: { kind: 'written', memory: { mapping: '[heap]' } } }],
    [{ memory: '0x10000 + 8K' }, { condition: { kind: 'written', memory: { start: 16, end: 18 } } }],
    [{ memory: '0x10010+4K' }, { condition: { kind: 'written', memory: { start: 16, end: 18 } } }],
    [{ condition: 'pages', atLeast: 7 }, { condition: { kind: 'pages', memory: null, atLeast: 7 } }],
    [
      { condition: 'word', address: '0x10004', size: '4' },
      { condition: { kind: 'word', address: 0x10004n, size: 4 } },
    ],
    [
      { memory: '0x10000+8K', action: 'snapshot' },
      { action: { kind: 'snapshot', range: { start: 16, end: 18 } } },
    ],
    [
      { memory: '[heap]', action: 'run', command: ' ls ', each: true },
      { action: { kind: 'run', command: 'ls' }, each: true },
    ],
    [
      { memory: '[heap]', action: 'mark', note: 'n' },
      { action: { kind: 'mark', note: 'n' }, each: false },
    ],
  ] as const)('%j is a trigger of the contract', (part, expected) => {
    const parsed = parse(part);
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(parsed.trigger).toMatchObject(expected);
    expect(newTriggerSchema.parse(parsed.trigger)).toEqual(parsed.trigger);
  });

  it.each([
    [{ memory: '' }, 'memory'],
    [{ memory: '0x1000' }, 'memory'],
    [{ memory: '0x1000+0' }, 'memory'],
    [{ condition: 'word', address: 'here' }, 'address'],
    [{ condition: 'word', address: '0x10004', size: '8' }, 'address'],
    [{ memory: '[heap]', action: 'snapshot' }, 'memory'],
    [{ memory: '0x1000+32M', action: 'snapshot' }, 'memory'],
    [{ memory: '[heap]', action: 'run', command: ' ' }, 'command'],
  ] as const)('%j has a problem in its field', (part, field) => {
    expect(parse(part)).toMatchObject({ ok: false, field });
  });

  it('means the pages of a named range, before mappings of that name', () => {
    const range = { start: 100, end: 103 };
    const pagesOf = (name: string) => (name === 'pool' ? range : null);
    const draft: TriggerDraft = { ...EMPTY_DRAFT, memory: ' pool ', action: 'snapshot' };
    expect(parseDraft(draft, pagesOf)).toMatchObject({
      trigger: { condition: { memory: range }, action: { range } },
    });
    expect(parseDraft({ ...EMPTY_DRAFT, memory: 'other' }, pagesOf)).toMatchObject({
      trigger: { condition: { memory: { mapping: 'other' } } },
    });
  });

  it('takes a selection as the field has it', () => {
    const range = { start: 0x7f0000000, end: 0x7f0000003 };
    expect(parse({ memory: rangeText(range) })).toMatchObject({ trigger: { condition: { memory: range } } });
  });
});
