import type { OperationRecord } from '#shared/contract/recording.ts';
import { OPERATION_NAMES } from '#shared/source/operation.ts';
import { formatJson } from '../scenarios/json.ts';
import type { Step, StepResult } from '../scenarios/steps.ts';

/** Characters of a step's fields and of its result's fields. */
const MAX_TEXT = 2000;

/** A step of a scenario and its result, as an operation of a recording. */
export function operationOf(step: Step, result: StepResult, timeNs: number): OperationRecord {
  const common = { timeNs, durationNs: 0, result: outcome(result) };
  if (step.op === 'ioctl') {
    const { start, len, vecLen, flags } = step;
    const action = OPERATION_NAMES.find((name) => name === step.cmd);
    if (action !== undefined)
      return { ...common, action, request: { start, len, vecLen, flags }, detail: '' };
  }
  if (step.op === 'clear_refs')
    return { ...common, action: 'clear_refs', request: null, detail: fields(step) };
  return { ...common, action: 'step', request: null, detail: `${step.op} ${fields(step)}`.trim() };
}

/** `addr=0x100000000 len=8192 …`: addresses in hex, everything else as it is in the file. */
function fields(step: Step): string {
  return Object.entries(step)
    .filter(([name, value]) => name !== 'op' && value !== undefined)
    .map(([name, value]) => `${name}=${fieldText(name, value)}`)
    .join(' ')
    .slice(0, MAX_TEXT);
}

const ADDRESSES = new Set(['addr', 'newAddr', 'start', 'end', 'unstable']);

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'bigint') return ADDRESSES.has(name) ? `0x${value.toString(16)}` : String(value);
  return typeof value === 'string' ? value : formatJson(value).trim();
}

function outcome(result: StepResult): OperationRecord['result'] {
  if ('errno' in result) return { ok: false, errno: result.errno, message: 'The call failed.' };
  if ('signal' in result)
    return { ok: false, errno: result.signal, message: `At page ${result.page} of the range.` };
  if ('crash' in result) return { ok: false, errno: 'crash', message: result.crash.slice(0, MAX_TEXT) };
  return { ok: true, ret: result.ret, next: null };
}
