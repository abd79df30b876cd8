import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** The same as in main/native/backends/preload/library.ts, which builds them at first use where this did not. */
const parts = [
  {
    source: 'preload.c',
    built: 'preload.so',
    flags: ['-shared', '-fPIC', '-O2', '-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'],
  },
  { source: 'launcher.c', built: 'launcher', flags: ['-O2', '-static'] },
];

/**
 * Puts the library that is preloaded into launched programs, the program that launches them, and their sources into a
 * folder. Without a C compiler the sources alone: nothing else needs them.
 * @param {string} folder
 */
export function addPreloadLibrary(folder) {
  mkdirSync(folder, { recursive: true });
  for (const { source, built, flags } of parts) {
    const path = join(root, 'main', 'native', 'backends', 'preload', source);
    cpSync(path, join(folder, source));
    if (process.platform !== 'linux' || process.arch !== 'x64') continue;
    const { status, stderr } = spawnSync('cc', [...flags, path, '-o', join(folder, built)], {
      encoding: 'utf8',
    });
    if (typeof status === 'number' && status !== 0) {
      process.stderr.write(`${built} was not built; the program works without it: ${stderr}\n`);
    }
  }
}
