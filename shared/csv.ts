/** A record of a CSV file (RFC 4180). */
export interface CsvRecord {
  /** Line at which it begins, from 1. */
  readonly row: number;
  readonly fields: readonly string[];
  /** The record as it is in the file. */
  readonly source: string;
  /** Why it cannot be read; null if it can. */
  readonly problem: string | null;
}

/** Reads all records; empty lines are left out. A quotation mark that is not closed makes its line alone unreadable. */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let row = 1;
  for (let at = 0; at < text.length;) {
    const { fields, end, problem } = readRecord(text, at);
    const source = text.slice(at, end);
    if (source.trim() !== '') records.push({ row, fields, source, problem });
    const lineEnd = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    row += text.slice(at, lineEnd).split('\n').length - 1 || 1;
    at = lineEnd;
  }
  return records;
}

/** The field as CSV has it: in quotation marks if it needs them. */
export function csvField(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A cell that no spreadsheet takes for a formula: names come from the watched program. */
export const escapeFormula = (cell: string | number): string =>
  typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);

function readRecord(
  text: string,
  start: number,
): { readonly fields: string[]; readonly end: number; readonly problem: string | null } {
  const fields: string[] = [];
  for (let at = start; ;) {
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      const isEnd = close >= 0 && /^(,|\r?\n|$)/.test(text.slice(close + 1, close + 3));
      if (!isEnd) {
        const problem =
          close < 0 ? 'A quotation mark is not closed.' : 'Text follows a closed quotation mark.';
        return { fields, end: endOfLine(text, start), problem };
      }
      fields.push(text.slice(at + 1, close).replaceAll('""', '"'));
      at = close + 1;
    } else {
      let end = at;
      while (end < text.length && !',\r\n'.includes(text.charAt(end))) end++;
      fields.push(text.slice(at, end));
      at = end;
    }
    if (text[at] !== ',') return { fields, end: at, problem: null };
    at++;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.slice(from).search(/\r?\n/);
  return end < 0 ? text.length : from + end;
}
