import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dist, root } from './paths.mjs';
import { addCPrograms, cProgramFolders } from './c-programs.mjs';

/**
 * koffi and zstd look for their native files beside themselves, which fails in a bundle. So they are copied below app/dist,
 * and the bundles import them from there: the same in a checkout, on the command line and in a package.
 */
const folder = 'native';

/** What the bundles import, relative to app/dist; this form of koffi loads by path, not through node_modules. */
export const koffiModule = `${folder}/koffi/src/koffi/indirect.cjs`;

/** The codec of recordings: WebAssembly, which its script loads from its own folder too. */
export const zstdPackage = '@foxglove/wasm-zstd';
export const zstdModule = `${folder}/${zstdPackage}/dist/index.js`;

/** The demangler of Rust names: WebAssembly, read as a file. */
export const demanglerFile = 'gecko-profiler-demangle/index_bg.wasm';
export const demanglerModule = `${folder}/${demanglerFile}`;

export function copyNativeFiles() {
  const modules = join(root, 'node_modules');
  const files = ['koffi/package.json', 'koffi/src/koffi/indirect.cjs', 'koffi/LICENSE.txt'];
  files.push(...['package.json', 'LICENSE', 'dist'].map((file) => `${zstdPackage}/${file}`));
  files.push(
    demanglerFile,
    ...['package.json', 'LICENSE-MIT'].map((file) => `gecko-profiler-demangle/${file}`),
  );
  // npm installs the native file of this machine only.
  for (const name of readdirSync(join(modules, '@koromix'))) files.push(`@koromix/${name}`);
  rmSync(join(dist, folder), { recursive: true, force: true });
  for (const file of files) {
    const target = join(dist, folder, file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(modules, file), target, { recursive: true });
  }
  addCPrograms(join(dist, folder));
}

/** @returns {boolean} */
export function nativeFilesExist() {
  return [
    koffiModule,
    zstdModule,
    demanglerModule,
    ...cProgramFolders.map((name) => `${folder}/${name}`),
  ].every((file) => existsSync(join(dist, file)));
}
