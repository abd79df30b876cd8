/** Text for a terminal or a pipe: names of programs and files may hold any character, widths are characters. */

/** Control and format characters: a terminal would interpret them, or reverse the text. Shown as U+FFFD. */
const OBEYED = /[\p{Cc}\p{Cf}]/gu;

export function printable(text: string): string {
  return text.replace(OBEYED, '\ufffd');
}

/** Like `printable`, for text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** At most `width` characters; what is cut ends in an ellipsis. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Like `cut`, but keeps the end of the text. */
export function cutStart(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - Math.max(0, width - 1))}`;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** In the largest unit that leaves at least 1, one decimal above KiB. */
export function formatSize(bytes: number): string {
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.ceil(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Rows of cells in columns, two blanks apart; a column named in `right` is flush right, the last one is not padded. */
export function columns(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => {
        if (right.has(i)) return cell.padStart(widths[i]);
        return i === row.length - 1 ? cell : cell.padEnd(widths[i]);
      })
      .join('  '),
  );
}
