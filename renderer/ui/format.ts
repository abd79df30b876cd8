import { PAGE_SIZE } from '#shared/memory/page.ts';

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** A memory size in binary units: 4 KiB, 1.5 MiB, 64 GiB. */
export function formatPages(pages: number): string {
  return formatBytes(pages * PAGE_SIZE);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit] ?? ''}`;
}

/** Pages a second as memory a second: 19.4 MiB/s. */
export const formatRate = (pages: number): string => `${formatPages(Math.round(pages))}/s`;

export { formatCount, plural } from '#shared/plural.ts';

/** A duration in nanoseconds with a unit that fits: 840 ns, 12.4 µs, 3.1 ms, 2.5 s. */
export function formatNs(ns: number): string {
  const steps = [
    [1e3, 1, 'ns'],
    [1e6, 1e3, 'µs'],
    [1e9, 1e6, 'ms'],
    [Infinity, 1e9, 's'],
  ] as const;
  for (const [below, by, unit] of steps) {
    if (ns < below) return `${Number((ns / by).toPrecision(3))} ${unit}`;
  }
  return '';
}

/** How long ago, roughly: 0.3 s, 12 s, 4 min, 2 h. */
export function formatAge(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
