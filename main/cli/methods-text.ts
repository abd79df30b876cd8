import { claimsOf, inOrder, intervalNs, ratioTo, referenceOf } from '#shared/methods/costs.ts';
import { type MethodReport, type MethodRow, METHODS } from '#shared/methods/methods.ts';
import { plural } from '#shared/plural.ts';
import { columns, formatSize, printable } from './terminal-text.ts';

/** The whole report as text: what each way is, the table for each size of pages, and the claim of 2022. */
export function methodsText(report: MethodReport): string {
  const { kernel, processors, size, tookMs } = report;
  const lines = [
    `Linux ${printable(kernel)}, ${processors} processors, ${formatSize(size.bytes)} tracked, ${(tookMs / 1000).toFixed(0)} s`,
    '',
  ];
  for (const { method, reason } of report.methods) {
    const { name, explanation } = METHODS[method];
    lines.push(`${reason === null ? 'yes' : 'no '}  ${name}: ${explanation}`);
    if (reason !== null) lines.push(`     Not available: ${printable(reason)}`);
  }
  for (const pages of ['small', 'huge'] as const) lines.push('', ...table(report, pages));
  lines.push('', ...claimLines(report));
  return `${lines.join('\n')}\n`;
}

const µs = (value: number): string => formatNumber(value / 1000);
const formatNumber = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** First writes by threads; scan, re-arm and interval with the fewest threads, and the ratios with the fewest and the most. */
function table(report: MethodReport, pages: MethodRow['pages']): string[] {
  const rows = inOrder(report.rows.filter((row) => row.pages === pages));
  const reference = referenceOf(report);
  const threads = [...report.size.threads].sort((a, b) => a - b);
  const [fewest] = threads;
  const most = threads[threads.length - 1];
  const against = reference === null ? '' : `; ratio: intervals to those of ${METHODS[reference].name}`;
  const title = pages === 'small' ? '4 KiB pages' : `2 MiB pages${hugeNote(rows)}`;
  const heads = ['way', 'written', ...threads.map((count) => `write ${count}T`)];
  heads.push('scan', 're-arm', 'interval', `ratio ${fewest}T`);
  if (most !== fewest) heads.push(`ratio ${most}T`);
  const cells = rows
    .filter((row) => row.threads === fewest)
    .map((row) => {
      const same = rows.filter((other) => other.method === row.method && other.percent === row.percent);
      const last = same.find((other) => other.threads === most) ?? row;
      const ratio = (one: MethodRow) => {
        const value = reference === null ? null : ratioTo(report.rows, one, reference);
        return value === null ? '' : `${formatNumber(value)} ×`;
      };
      const firsts = threads.map((count) => {
        const found = same.find((other) => other.threads === count);
        return found ? µs(found.firstNs) : '';
      });
      return [
        METHODS[row.method].name,
        `${row.percent} %`,
        ...firsts,
        µs(row.scanNs),
        µs(row.armNs),
        µs(intervalNs(row)),
        ratio(row),
        ...(most === fewest ? [] : [ratio(last)]),
      ];
    });
  const right = new Set(heads.map((_, i) => i).slice(1));
  return [
    `${title}: µs; write: the first write to a page, by this many threads (T)${against}`,
    ...columns([heads, ...cells], right),
    ...foundText(rows),
  ];
}

const hugeNote = (rows: readonly MethodRow[]): string =>
  rows.some(({ hugeBefore }) => hugeBefore === 0) ? ' (this machine gave none)' : '';

/** What was found wrongly, where anything was. */
function foundText(rows: readonly MethodRow[]): string[] {
  return [...new Set(rows.map(({ method }) => method))].flatMap((method) => {
    const own = rows.filter((row) => row.method === method);
    const missed = own.reduce((sum, row) => sum + row.missed, 0);
    const extra = Math.max(...own.map((row) => row.extra / row.written));
    const { name } = METHODS[method];
    return [
      ...(missed > 0 ? [`${name} missed ${plural(missed, 'written page')}.`] : []),
      ...(extra > 0
        ? [
            `${name} reported up to ${formatNumber(extra)} ${extra === 1 ? 'page' : 'pages'} for each written one beside it.`,
          ]
        : []),
    ];
  });
}

function claimLines(report: MethodReport): string[] {
  const claims = claimsOf(report);
  if (claims.length === 0)
    return ['The claim of 2022 cannot be checked: no method of the kernel works here.'];
  return [
    'The claim of 2022, that tracking in the kernel beats a handler in the program, on this machine:',
    ...claims.map(({ method, reference, cases, faster, min, median, max }) => {
      const range = `${formatNumber(min)} to ${formatNumber(max)}, median ${formatNumber(median)}`;
      return `  an interval of ${METHODS[method].name} takes ${range} times that of ${METHODS[reference].name}, which is the faster one in ${faster} of ${plural(cases, 'case')}.`;
    }),
  ];
}
