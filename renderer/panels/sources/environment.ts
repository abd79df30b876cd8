export type Environment =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly error: string };

/** Variables as people write them, one `NAME=value` per line; empty lines do not count, values are taken unchanged. */
export function parseEnvironment(text: string): Environment {
  const values = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const cut = line.indexOf('=');
    const name = line.slice(0, Math.max(0, cut)).trim();
    if (name === '' || /\s/.test(name)) return { ok: false, error: `Line ${index + 1}: write NAME=value` };
    if (values.has(name)) return { ok: false, error: `Line ${index + 1}: ${name} is set twice` };
    values.set(name, line.slice(cut + 1));
  }
  return { ok: true, values: Object.fromEntries(values) };
}

/** The text that `parseEnvironment` reads as `values`. */
export const environmentText = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
