import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * With the flags of main/native/backends/preload/library.ts and main/methods/lab-program.ts, which build them at first use
 * if this did not.
 */
const programs = [
  {
    folder: 'preload',
    source: 'main/native/backends/preload/preload.c',
    built: 'preload.so',
    flags: ['-shared', '-fPIC', '-O2', '-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'],
  },
  {
    folder: 'preload',
    source: 'main/native/backends/preload/launcher.c',
    built: 'launcher',
    flags: ['-O2', '-static'],
  },
  {
    folder: 'methods',
    source: 'main/methods/methods-lab.c',
    built: 'methods-lab',
    flags: ['-O2', '-static', '-pthread'],
  },
];

/** Folders that addCPrograms makes. */
export const cProgramFolders = [...new Set(programs.map(({ folder }) => folder))];

/**
 * Puts the programs in C and their sources into folders: the library that is preloaded into launched programs, the program
 * that launches them, the lab that compares tracking methods. Without a C compiler the sources alone: nothing else needs them.
 * @param {string} native
 */
export function addCPrograms(native) {
  for (const { folder, source, built, flags } of programs) {
    const target = join(native, folder);
    mkdirSync(target, { recursive: true });
    const path = join(root, source);
    cpSync(path, join(target, path.slice(path.lastIndexOf('/') + 1)));
    if (process.platform !== 'linux' || process.arch !== 'x64') continue;
    const { status, stderr } = spawnSync('cc', [...flags, path, '-o', join(target, built)], {
      encoding: 'utf8',
    });
    if (typeof status === 'number' && status !== 0) {
      process.stderr.write(`${built} was not built; the program works without it: ${stderr}\n`);
    }
  }
}
