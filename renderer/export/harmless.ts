/** A spreadsheet would compute what begins like a formula: names are the program's. */
export const harmless = (cell: string | number): string =>
  typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
