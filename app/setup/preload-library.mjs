import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** The same as in main/native/backends/preload/library.ts, which builds it at first use where this did not. */
const flags = ['-shared', '-fPIC', '-O2', '-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'];

/**
 * Puts the library that is preloaded into launched programs, and its source, into a folder. Without a C compiler the source
 * alone: nothing else needs the library.
 * @param {string} folder
 */
export function addPreloadLibrary(folder) {
  const source = join(root, 'main', 'native', 'backends', 'preload', 'preload.c');
  mkdirSync(folder, { recursive: true });
  cpSync(source, join(folder, 'preload.c'));
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const { status, stderr } = spawnSync('cc', [...flags, source, '-o', join(folder, 'preload.so')], {
    encoding: 'utf8',
  });
  if (typeof status === 'number' && status !== 0) {
    process.stderr.write(`The preloaded library was not built, and the program does without it: ${stderr}\n`);
  }
}
