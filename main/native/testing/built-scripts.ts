import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const main = fileURLToPath(new URL('../../', import.meta.url));
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Scripts for plain Node, with koffi and zstd beside them, in a folder that every user may read. */
export interface BuiltScripts {
  path(name: string): string;
  remove(): void;
}

/** Bundles `entries`, paths below main/, each to a script of its file's name. */
export async function buildScripts(...entries: string[]): Promise<BuiltScripts> {
  const folder = mkdtempSync(join(tmpdir(), 'native-'));
  chmodSync(folder, 0o755);
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('koffi')));
  for (const name of ['koffi', '@koromix', '@foxglove']) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    const unneeded = /koffi\/(vendor|doc)(\/|$)/;
    cpSync(join(modules, name), join(folder, 'node_modules', name), {
      recursive: true,
      filter: (path) => !unneeded.test(path.slice(modules.length)),
    });
  }
  const tools = join(folder, 'native', 'preload');
  for (const source of ['preload.c', 'launcher.c'])
    cpSync(join(main, 'native', 'backends', 'preload', source), join(tools, source));
  for (const entry of entries) {
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
  }
  return {
    path: (name) => join(folder, `${name}.mjs`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
