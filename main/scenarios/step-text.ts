import { formatJson } from './json.ts';
import type { Step, StepResult } from './steps.ts';

const ADDRESSES = new Set(['addr', 'newAddr', 'start', 'end', 'unstable']);

/** `addr=0x100000000 len=8192 …`: addresses in hex, everything else as the file has it. */
export function stepFields(step: Step): string {
  return Object.entries(step)
    .filter(([name, value]) => name !== 'op' && value !== undefined)
    .map(([name, value]) => `${name}=${fieldText(name, value)}`)
    .join(' ');
}

/** `mprotect addr=0x100000000 len=8192 prot=r`. */
export function stepText(step: Step): string {
  return `${step.op} ${stepFields(step)}`.trimEnd();
}

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'bigint') return ADDRESSES.has(name) ? `0x${value.toString(16)}` : String(value);
  return typeof value === 'string' ? value : formatJson(value).trim();
}

/** Operations that return an address. */
const RETURN_ADDRESS: ReadonlySet<Step['op']> = new Set(['mmap', 'mremap', 'brk']);

/** `0`, `0x100000000`, `EINVAL`, `SIGSEGV at page 3 of the range`. */
export function resultText(step: Step, result: StepResult): string {
  if ('errno' in result) return result.errno;
  if ('signal' in result) return `${result.signal} at page ${result.page} of the range`;
  if ('crash' in result) return `crash: ${result.crash}`;
  return RETURN_ADDRESS.has(step.op) ? `0x${result.ret.toString(16)}` : String(result.ret);
}
