/** A figure beside its baseline of the same run, as all benchmarks print them. */
export function row(label: string, value: number, unit: string, baseline?: number, name = 'baseline'): void {
  const figure = `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
  const beside =
    baseline === undefined
      ? ''
      : `  ${name} ${baseline.toFixed(baseline < 10 ? 2 : 0)}  ratio ${(value / baseline).toFixed(2)}`;
  process.stdout.write(`${label.padEnd(44)}${figure.padStart(12)}${beside}\n`);
}

/** The quantile `q` (0 … 1) of `values`. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}
