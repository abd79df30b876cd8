import { MAX_NOTE } from '#shared/contract/recording.ts';
import {
  MAX_TRIGGERS,
  type NewTrigger,
  newTriggerSchema,
  type TriggerAction,
  type TriggerCondition,
  type TriggerMemory,
  WORD_SIZES,
} from '#shared/contract/trigger.ts';
import { parseBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { ByteRange } from '#shared/ranges/locate.ts';
import { firstProblem } from '#shared/schema-problem.ts';
import { Symbols } from '../native/symbols/symbols.ts';
import { findVariable } from '../native/symbols/variable.ts';
import { namedRange } from './named-range.ts';
import { BadValue } from './option-values.ts';
import type { Syntax } from './syntax.ts';
import { pagesOf } from './writers-options.ts';

export interface TriggerValues {
  /** File of named ranges. */
  readonly ranges?: string;
  readonly trigger: readonly string[];
  readonly triggerEach: readonly string[];
}

/** The actions that a command has. */
export type ActionName = TriggerAction['kind'];

const collect = (word: string, before: readonly string[]): readonly string[] => [...before, word];

/** The options of triggers. */
export const addTriggers = (syntax: Syntax): Syntax =>
  syntax
    .option(
      '--trigger <WHEN -> WHAT>',
      "once, do WHAT in the sample in which WHEN is met, such as '[heap] written -> mark heap' (below); may be repeated",
      collect,
      [],
    )
    .option('--trigger-each <WHEN -> WHAT>', 'the same, each time', collect, []);

/** What `--help` has on triggers. */
export const triggerNotes = (actions: readonly ActionName[]): string => `WHEN of --trigger is one of
  MEMORY written                     a page of it is written
  N pages written                    one sample finds N pages or more written
  N pages of MEMORY written
  word ADDRESS[:SIZE] written        the 1, 2, 4 or 8 (default) bytes there are written, of a process; four words at once
MEMORY is ADDRESS+LENGTH, the name of mappings ('[heap]', '[anon:NAME]', a file's path or its last part) or, with --pid,
symbol:NAME, a global variable, or range:NAME, a named range of the file of --ranges. word takes symbol:NAME too. WHAT is one of
${actions.map((name) => ACTION_NOTES[name]).join('\n')}
A condition is decided with each sample, so an action comes up to 1 / --hz seconds after the write. --trigger-each is bounded: marks
ten times a second and 1,000 times at most, commands once a second and 1,000 times, snapshots once a second and 100 times, saved
recordings once in ten seconds and 20 times. Commands run concurrently with sampling, at most four at once, without input and output, with
SOFT_DIRTY_PID, _TRIGGER, _TIME_NS, _PAGE (the first page's address), _PAGES and _WRITES in their environment.
`;

const ACTION_NOTES: Readonly<Record<ActionName, string>> = {
  mark: '  mark [NOTE]                        adds a mark',
  pause: '  pause                              stops the program until this command ends',
  snapshot:
    '  snapshot [ADDRESS+LENGTH]          saves the contents of MEMORY, or of that range, as a new file in the folder of recordings',
  save: '  save                               saves the last minutes as a separate recording',
  'stop-recording': '  stop                               ends the recording, and this command',
  run: '  run COMMAND                        passes the rest to /bin/sh -c',
};

/** Where symbols and named ranges come from. */
interface Names {
  /** Null: none are known. */
  readonly pid: number | null;
  readonly ranges: string | undefined;
}

/** Whether a trigger has a named range, from the file of `--ranges`. */
export const usesNamedRange = ({ trigger, triggerEach }: TriggerValues): boolean =>
  [...trigger, ...triggerEach].some((text) => /(^|\sof )\s*range:/.test(text));

/** The triggers of `--trigger` and `--trigger-each`. @param pid for symbols and named ranges; null: none are known. Throws BadValue. */
export function triggersOf(
  { trigger, triggerEach, ranges }: TriggerValues,
  actions: readonly ActionName[],
  pid: number | null,
): readonly NewTrigger[] {
  const names = { pid, ranges };
  const parsed = [
    ...trigger.map((text) => parseTrigger('--trigger', text, false, actions, names)),
    ...triggerEach.map((text) => parseTrigger('--trigger-each', text, true, actions, names)),
  ];
  if (parsed.length > MAX_TRIGGERS) throw new BadValue(`at most ${MAX_TRIGGERS} triggers`);
  return parsed;
}

function parseTrigger(
  option: string,
  text: string,
  each: boolean,
  actions: readonly ActionName[],
  names: Names,
): NewTrigger {
  const [when = '', ...rest] = text.split('->');
  if (rest.length === 0)
    throw new BadValue(
      `${option} takes 'WHEN -> WHAT', such as '[heap] written -> mark heap', not ${JSON.stringify(text)}`,
    );
  const condition = conditionOf(option, when.trim(), names);
  const action = actionOf(option, rest.join('->').trim(), condition);
  if (!actions.includes(action.kind))
    throw new BadValue(`${option}: this command has no action ${JSON.stringify(rest.join('->').trim())}`);
  const checked = newTriggerSchema.safeParse({ condition, action, each });
  if (!checked.success)
    throw new BadValue(`${option} ${JSON.stringify(text)}: ${firstProblem(checked.error).message}`);
  return checked.data;
}

function conditionOf(option: string, text: string, names: Names): TriggerCondition {
  const word = /^word\s+(\S+?)(?::(\d+))?\s+written$/.exec(text);
  if (word) {
    const [, place = '', size] = word;
    const address = place.startsWith('symbol:') ? symbolOf(option, place, names).address : parseBytes(place);
    if (address === null) throw new BadValue(`${option}: ${JSON.stringify(place)} is not an address`);
    return { kind: 'word', address, size: sizeOf(option, size) };
  }
  const pages = /^(\d+) pages?(?: of (.+))? written$/.exec(text);
  if (pages) {
    const [, atLeast, memory] = pages;
    if (Number(atLeast) === 0) throw new BadValue(`${option}: a condition is at least 1 page, not 0`);
    return {
      kind: 'pages',
      memory: memory === undefined ? null : memoryOf(option, memory.trim(), names),
      atLeast: Number(atLeast),
    };
  }
  const written = /^(.+) written$/.exec(text);
  if (written === null)
    throw new BadValue(`${option}: ${JSON.stringify(text)} is not a condition; it ends with "written"`);
  return { kind: 'written', memory: memoryOf(option, written[1].trim(), names) };
}

function sizeOf(option: string, text = '8'): (typeof WORD_SIZES)[number] {
  const size = WORD_SIZES.find((one) => one === Number(text));
  if (size !== undefined) return size;
  throw new BadValue(
    `${option}: a word has ${WORD_SIZES.slice(0, -1).join(', ')} or ${WORD_SIZES.at(-1)} bytes, not ${text}`,
  );
}

function memoryOf(option: string, text: string, names: Names): TriggerMemory {
  if (text.startsWith('symbol:')) {
    const { address, bytes } = symbolOf(option, text, names);
    return pagesOf(address, BigInt(Math.max(1, bytes)));
  }
  if (text.startsWith('range:')) {
    const { start, length } = rangeNamed(option, text, names);
    return pagesOf(start, length);
  }
  return /^(0x|\d)/i.test(text) ? rangeOf(option, text) : { mapping: text };
}

function rangeOf(option: string, text: string): PageRange {
  const [start = null, bytes = null, ...rest] = text.split('+').map((part) => parseBytes(part));
  if (start === null || bytes === null || bytes === 0n || rest.length > 0 || start + bytes > 2n ** 47n)
    throw new BadValue(
      `${option}: ${JSON.stringify(text)} is not ADDRESS+LENGTH, such as 0x7f0000000000+64K`,
    );
  return pagesOf(start, bytes);
}

function rangeNamed(option: string, text: string, { pid, ranges }: Names): ByteRange {
  if (pid === null) throw new BadValue(`${option}: named ranges are known with --pid only`);
  if (ranges === undefined)
    throw new BadValue(`${option}: ${text} is a named range of which file? --ranges FILE`);
  return namedRange(pid, ranges, text.slice('range:'.length));
}

function symbolOf(option: string, text: string, { pid }: Names): { address: bigint; bytes: number } {
  const name = text.slice('symbol:'.length);
  if (pid === null) throw new BadValue(`${option}: symbols are known with --pid only`);
  const symbols = new Symbols(pid);
  try {
    return findVariable(symbols, pid, name);
  } catch (cause) {
    throw new BadValue(`${option}: ${(cause as Error).message}`);
  } finally {
    symbols.close();
  }
}

function actionOf(option: string, text: string, condition: TriggerCondition): TriggerAction {
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (name !== 'mark' && name !== 'run' && name !== 'snapshot' && rest !== '')
    throw new BadValue(`${option}: ${JSON.stringify(name)} takes nothing more`);
  switch (name) {
    case 'mark':
      if (rest.length > MAX_NOTE) throw new BadValue(`${option}: a note has at most ${MAX_NOTE} characters`);
      return { kind: 'mark', note: rest };
    case 'snapshot':
      return { kind: 'snapshot', range: rest === '' ? ownRange(option, condition) : rangeOf(option, rest) };
    case 'pause':
    case 'save':
      return { kind: name };
    case 'stop':
      return { kind: 'stop-recording' };
    case 'run':
      if (rest === '') throw new BadValue(`${option}: which command is to run?`);
      return { kind: 'run', command: rest };
    default:
      throw new BadValue(`${option}: ${JSON.stringify(name)} is not an action`);
  }
}

function ownRange(option: string, condition: TriggerCondition): PageRange {
  if (condition.kind === 'word') return pagesOf(condition.address, BigInt(condition.size));
  if (condition.memory !== null && 'start' in condition.memory) return condition.memory;
  throw new BadValue(`${option}: the snapshot of which memory? snapshot ADDRESS+LENGTH`);
}
