/**
 * The words of a command as a shell separates them: blanks, quotes, backslashes. Nothing is expanded.
 * @returns null if a quote is not closed
 */
export function splitShellWords(text: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s+|((?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+)|(.)/gsy;
  for (const [, word, wrong] of text.matchAll(pattern)) {
    if (wrong !== undefined) return null;
    if (word !== undefined) words.push(unquoted(word));
  }
  return words;
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, single, double, escaped) =>
    single !== undefined
      ? String(single)
      : double !== undefined
        ? String(double).replaceAll(/\\(["\\$`])/g, '$1')
        : String(escaped),
  );
}

/** The word as a shell reads it back: with quotes if it needs them. */
export const quoteShellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** A line that `splitShellWords` splits into `words` again. */
export const joinShellWords = (words: readonly string[]): string => words.map(quoteShellWord).join(' ');
