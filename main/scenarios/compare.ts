import { clipped } from '#shared/shown.ts';
import { formatJson, isRecord, sameJson } from './json.ts';
import type { ScenarioStep, StepResult } from './steps.ts';

/** One field of one step's result that is not as recorded. */
export interface Difference {
  readonly step: number;
  readonly op: string;
  /** `ret`, `vmas[2].flags`, `runs[1].count`; `result` if the file has none. */
  readonly field: string;
  /** JSON, cut to a readable length; `nothing` if one side lacks the field. */
  readonly expected: string;
  readonly got: string;
}

/** Differences reported at most. */
const MAX_DIFFERENCES = 100;

/** Compares results with those in the file, field by field: both must have the same fields with the same values. */
export function compareResults(steps: readonly ScenarioStep[], results: readonly StepResult[]): Difference[] {
  const found: Difference[] = [];
  steps.forEach(({ step, result }, index) => {
    if (found.length >= MAX_DIFFERENCES) return;
    if (result === undefined) {
      found.push({
        step: index,
        op: step.op,
        field: 'result',
        expected: 'nothing',
        got: printed(results[index]),
      });
      return;
    }
    compareValues(result, results[index], '', (field, expected, got) => {
      if (found.length < MAX_DIFFERENCES) {
        found.push({ step: index, op: step.op, field, expected: printed(expected), got: printed(got) });
      }
    });
  });
  return found;
}

export function formatDifference({ step, op, field, expected, got }: Difference): string {
  if (expected === 'nothing' && field === 'result') return `steps[${step}] (${op}): has no recorded result`;
  return `steps[${step}] (${op}): ${field}: expected ${expected}, got ${got}`;
}

type ReportDifference = (field: string, expected: unknown, got: unknown) => void;

/** Descends if both sides have the same shape, so that the difference named is the smallest one. */
function compareValues(expected: unknown, got: unknown, field: string, report: ReportDifference): void {
  if (sameJson(expected, got)) return;
  if (isRecord(expected) && isRecord(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const at = field === '' ? key : `${field}.${key}`;
      compareValues(own(expected, key), own(got, key), at, report);
    }
    return;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    const shorter = Math.min(expected.length, got.length);
    for (let index = 0; index < shorter; index++) {
      compareValues(expected[index], got[index], `${field}[${index}]`, report);
    }
    if (expected.length !== got.length) report(`${field}.length`, expected.length, got.length);
    return;
  }
  report(field === '' ? 'result' : field, expected, got);
}

const own = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const printed = (value: unknown): string => (value === undefined ? 'nothing' : clipped(formatJson(value)));
