import { formatPage, PAGE_SIZE, pagesOfBytes, parseBytes } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import { NO_REUSED_REGIONS, type OperationName, type OperationRequest } from '#shared/source/operation.ts';
import type { OperationForm } from './operations-store.ts';

export interface FieldErrors {
  readonly start?: string;
  readonly len?: string;
  readonly vecLen?: string;
}

export type ParsedForm =
  | { readonly ok: true; readonly request: OperationRequest }
  | { readonly ok: false; readonly errors: FieldErrors };

const MAX_ADDRESS = 0xffff_ffff_ffff_ffffn;

/** The form's fields as a request, or what is wrong with them. Only what cannot be parsed is rejected here; what
 * the kernel would refuse (an unaligned start, an empty length) goes to the engine and comes back as an errno. */
export function parseForm(op: OperationName, form: OperationForm): ParsedForm {
  const start = parseBytes(form.start);
  const negative = /^\s*-/.test(form.len);
  const size = parseBytes(form.len.replace(/^\s*-/, ''));
  const errors: { start?: string; len?: string; vecLen?: string } = {};
  if (start === null) errors.start = 'An address such as 0x7f0012340000';
  else if (start > MAX_ADDRESS) errors.start = 'Above the highest 64-bit address';
  if (size === null) errors.len = 'Bytes, such as 0x4000, 65536 or 64MiB';
  else if (size > MAX_ADDRESS) errors.len = 'Larger than 64 bits';
  const vecText = form.vecLen.trim();
  const vecLen = vecText === '' ? Number(pagesOfBytes(size ?? 0n)) : Number(vecText);
  if (!Number.isInteger(vecLen) || Math.abs(vecLen) > 2 ** 31) {
    errors.vecLen =
      vecText === '' ? 'The range has too many pages; give a number' : 'A whole number of places';
  }
  if (start === null || size === null || Object.keys(errors).length > 0) return { ok: false, errors };
  const flags = form.noReused ? NO_REUSED_REGIONS : 0;
  return { ok: true, request: { op, start, len: negative ? -size : size, vecLen, flags } };
}

/** The fields that describe `range`; `vec_len` is left to the range. */
export function formOfRange(range: PageRange): Pick<OperationForm, 'start' | 'len'> {
  const bytes = BigInt(rangePages(range)) * BigInt(PAGE_SIZE);
  return { start: formatPage(range.start), len: `0x${bytes.toString(16)}` };
}

/** Whether a source can do `op` at all. */
export function isAble(op: OperationName, able: Capabilities): boolean {
  if (op === 'GET') return able.get;
  return op === 'CLEAR' ? able.clear : able.getAndClear !== 'none';
}
