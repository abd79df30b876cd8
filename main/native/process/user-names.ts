import { readFileSync, statSync } from 'node:fs';

const FILE = '/etc/passwd';

let names = new Map<number, string>();
let modified = NaN;

/** A user's name, or "uid N" if /etc/passwd does not list it. The file is read again when it has changed. */
export function userName(uid: number): string {
  try {
    const { mtimeMs } = statSync(FILE);
    if (mtimeMs !== modified) {
      names = parse(readFileSync(FILE, 'utf8'));
      modified = mtimeMs;
    }
  } catch {
    // No such file in a bare container: the number is used.
  }
  return names.get(uid) ?? `uid ${uid}`;
}

function parse(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    // The first name of a number counts, as for getpwuid.
    if (name && id && /^\d+$/.test(id) && !found.has(Number(id))) found.set(Number(id), name);
  }
  return found;
}
