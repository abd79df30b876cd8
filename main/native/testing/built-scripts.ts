import { existsSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { errorCode } from '../../error-code.ts';

const main = fileURLToPath(new URL('../../', import.meta.url));
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** How often it is checked whether another test file's build of the same script has ended, in milliseconds. */
const POLL_MS = 20;

/** Scripts for plain Node, with koffi and zstd beside them, in a folder that every user may read. */
export interface BuiltScripts {
  path(name: string): string;
}

/**
 * Bundles `entries`, paths below main/, each to a script of its file's name. Each is built once in a run of the tests, by the
 * file that needs it first (`scripts-folder.ts` makes the folder and removes it).
 */
export async function buildScripts(...entries: string[]): Promise<BuiltScripts> {
  const folder = inject('scriptsFolder');
  const path = (name: string) => join(folder, `${name}.mjs`);
  for (const entry of entries) await builtOnce(entry, path(basename(entry, '.ts')));
  return { path };
}

async function builtOnce(entry: string, script: string): Promise<void> {
  const building = `${script}.building`;
  while (!existsSync(script)) {
    try {
      mkdirSync(building);
    } catch (cause) {
      if (errorCode(cause) !== 'EEXIST') throw cause;
      await sleep(POLL_MS);
      continue;
    }
    try {
      if (!existsSync(script)) renameSync(await bundle(entry, building), script);
    } finally {
      rmdirSync(building);
    }
  }
}

/** @returns the bundle, in `folder` */
async function bundle(entry: string, folder: string): Promise<string> {
  // Only here: loading it takes longer than many tests.
  const { build } = await import('vite');
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: [{ find: /^#shared\//, replacement: shared }] },
    ssr: { noExternal: true, external: ['koffi'], target: 'node' },
    build: {
      ssr: join(main, entry),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        external: ['koffi'],
        output: { entryFileNames: '[name].mjs', codeSplitting: false },
      },
    },
  });
  return join(folder, `${basename(entry, '.ts')}.mjs`);
}
