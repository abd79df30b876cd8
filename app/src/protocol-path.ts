/** Resolves `app:` addresses to files. Pure functions, so that every attack can be tested. */
import { posix } from 'node:path';

export const SCHEME = 'app';
export const ORIGIN = 'app://inspector';
export const START_PAGE = `${ORIGIN}/index.html`;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface ResolvedPath {
  /** Path below the renderer's folder, with `/`, no `..`, not absolute. */
  readonly path: string;
  readonly contentType: string;
}

/** True for addresses of our own origin; user names, ports and look-alike hosts are not ours. */
export function isOwnAddress(address: string): boolean {
  return address === ORIGIN || address.startsWith(`${ORIGIN}/`);
}

/**
 * Resolves an address to a file below the renderer's folder.
 *
 * @returns null for another origin, a path that leaves the folder or hides something (encoded separators, NUL,
 *   backslash, dot files) and for a type of file that the window has no use for
 */
export function resolveAddress(address: string): ResolvedPath | null {
  if (!isOwnAddress(address)) return null;
  const encoded = address.slice(ORIGIN.length).replace(/[?#].*$/s, '');
  if (/%(2f|5c|00)/i.test(encoded)) return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  const path = decoded === '' || decoded === '/' ? '/index.html' : decoded;
  if (path.includes('\\') || path.includes('\0') || path.includes('%')) return null;
  if (path.split('/').some((part, index) => (index > 0 && part === '') || part.startsWith('.'))) return null;
  const contentType = CONTENT_TYPES[posix.extname(path)];
  return contentType === undefined ? null : { path: path.slice(1), contentType };
}
