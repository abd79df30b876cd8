/**
 * Splits a line into arguments as a shell does for plain words: blanks separate, '…' and "…" hold together, a backslash
 * takes the next character unchanged (not within '…'). No variables, no patterns. Null if a quotation is not closed.
 */
export function splitArguments(line: string): string[] | null {
  const args: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (quote === "'" ? false : char === '\\') {
      if (i + 1 >= line.length) return null;
      word = (word ?? '') + line.charAt(++i);
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) args.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') return null;
  if (word !== null) args.push(word);
  return args;
}

/** A line that `splitArguments` splits into `args` again. */
export const joinArguments = (args: readonly string[]): string =>
  args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)).join(' ');
