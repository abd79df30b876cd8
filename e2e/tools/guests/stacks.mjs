import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { root } from '../../../app/setup/paths.mjs';

/**
 * Gives the lines of a bundle's stack traces the places in the sources that they come from.
 * @param {string} mapFile the bundle's source map
 * @returns {(stack: string) => string}
 */
export function stackMapper(mapFile) {
  if (!existsSync(mapFile)) return (stack) => stack;
  const map = new SourceMap(JSON.parse(readFileSync(mapFile, 'utf8')));
  return (stack) =>
    stack.replaceAll(/file:\/\/\/app\/suite\.js:(\d+):(\d+)/g, (whole, line, column) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return whole;
      const source = relative(root, resolve(dirname(mapFile), entry.originalSource));
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}
