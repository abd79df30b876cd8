import type { OperationRecord } from '#shared/contract/recording.ts';
import { OPERATION_NAMES } from '#shared/source/operation.ts';
import { stepFields, stepText } from '../scenarios/step-text.ts';
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
    return { ...common, action: 'clear_refs', request: null, detail: stepFields(step).slice(0, MAX_TEXT) };
  return { ...common, action: 'step', request: null, detail: stepText(step).slice(0, MAX_TEXT) };
}

function outcome(result: StepResult): OperationRecord['result'] {
  if ('errno' in result) return { ok: false, errno: result.errno, message: 'The call failed.' };
  if ('signal' in result)
    return { ok: false, errno: result.signal, message: `At page ${result.page} of the range.` };
  if ('crash' in result) return { ok: false, errno: 'crash', message: result.crash.slice(0, MAX_TEXT) };
  return { ok: true, ret: result.ret, next: null };
}
