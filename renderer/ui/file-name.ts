/** The last part of a path of any system. */
export const fileName = (path: string): string => path.slice(lastSeparator(path) + 1);

/** All but the last part; the separator alone for the root. */
export function folderName(path: string): string {
  const at = lastSeparator(path);
  return at < 0 ? '' : path.slice(0, Math.max(1, at));
}

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
