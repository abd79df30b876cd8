import { METHOD_IDS, type MethodId, type MethodReport, type MethodRow } from './methods.ts';

/** The time of a whole interval: every first write, one scan and one re-arm, or the atomic step that does both. */
export function intervalNs({ firstNs, written, scanNs, armNs, takeNs }: MethodRow): number {
  return firstNs * written + (takeNs ?? scanNs + armNs);
}

/** The row of another way in the same case. */
export function sameCase(
  rows: readonly MethodRow[],
  row: MethodRow,
  method: MethodId,
): MethodRow | undefined {
  return rows.find(
    (other) =>
      other.method === method &&
      other.pages === row.pages &&
      other.percent === row.percent &&
      other.threads === row.threads,
  );
}

/** How often the interval of the reference way fits into that of `row`; null if that way was not measured. */
export function ratioTo(rows: readonly MethodRow[], row: MethodRow, reference: MethodId): number | null {
  const other = sameCase(rows, row, reference);
  return other ? intervalNs(row) / intervalNs(other) : null;
}

/** Methods of the kernel, best first: the first that works is the reference for the others. */
const IN_KERNEL: readonly MethodId[] = ['wp-async', 'soft-dirty'];
/** Methods that the patch series of 2022 calls slow. */
const HANDLERS: readonly MethodId[] = ['mprotect', 'uffd-handler'];

/** The way that the others are compared with; null if the kernel has none. */
export function referenceOf({ methods }: MethodReport): MethodId | null {
  return (
    IN_KERNEL.find((id) => methods.some(({ method, reason }) => method === id && reason === null)) ?? null
  );
}

/** By how much tracking in the kernel beats one of the ways with a handler, over all cases. */
export interface Claim {
  readonly method: MethodId;
  readonly reference: MethodId;
  readonly cases: number;
  /** Cases in which the kernel's way is the faster one. */
  readonly faster: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The claim of the patch series of 2022, that tracking in the kernel beats both ways with a handler, on this machine. */
export function claimsOf(report: MethodReport): Claim[] {
  const reference = referenceOf(report);
  if (reference === null) return [];
  return HANDLERS.flatMap((method) => {
    const ratios = report.rows
      .filter((row) => row.method === method)
      .flatMap((row) => ratioTo(report.rows, row, reference) ?? [])
      .sort((a, b) => a - b);
    if (ratios.length === 0) return [];
    return [
      {
        method,
        reference,
        cases: ratios.length,
        faster: ratios.filter((ratio) => ratio > 1).length,
        min: ratios[0],
        median: medianOf(ratios),
        max: ratios[ratios.length - 1],
      },
    ];
  });
}

/** @param values ascending, at least one */
function medianOf(values: readonly number[]): number {
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** Rows by way, size of pages, percent and threads, in this order of the ways. */
export function inOrder(rows: readonly MethodRow[]): MethodRow[] {
  const rank = (row: MethodRow) => [METHOD_IDS.indexOf(row.method), row.percent, row.threads] as const;
  return [...rows].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
  });
}
