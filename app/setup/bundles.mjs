import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { demanglerFile, demanglerModule, koffiModule, zstdModule, zstdPackage } from './native-files.mjs';
import { dist, root } from './paths.mjs';

/**
 * The bundles of the program: entry, inputs and runtime of each.
 * @typedef {object} Bundle
 * @property {string} name for messages and the stamp
 * @property {string} entry relative to the top folder
 * @property {string} output relative to app/dist
 * @property {string[]} inputs folders whose change makes the bundle stale
 * @property {'window' | 'node' | 'electron' | 'preload'} runs where it runs
 * @property {string} [folder] where it goes instead of app/dist
 * @property {Record<string, string>} [instead] modules, each with the file that takes its place
 */

/** File below app/dist that holds the schema library. */
export const schemaLibrary = 'zod.js';

/** @type {Bundle[]} */
export const bundles = [
  {
    name: 'window',
    entry: 'renderer/index.html',
    output: 'renderer',
    inputs: ['renderer', 'shared', 'GUIDE.md', 'app/resources/guide'],
    runs: 'window',
  },
  // One copy for all bundles that Node runs.
  {
    name: 'schema library',
    entry: 'node_modules/zod/index.js',
    output: schemaLibrary,
    inputs: [],
    runs: 'node',
  },
  { name: 'engine', entry: 'main/host.ts', output: 'host.js', inputs: ['main', 'shared'], runs: 'node' },
  { name: 'command line', entry: 'main/cli.ts', output: 'cli.js', inputs: ['main', 'shared'], runs: 'node' },
  {
    name: 'demo program',
    entry: 'main/native/demo-program.ts',
    output: 'demo-program.js',
    inputs: ['main', 'shared'],
    runs: 'node',
  },
  // A thread of the engine and of the command line, which find it beside themselves.
  {
    name: 'fault thread',
    entry: 'main/native/writers/fault-thread.ts',
    output: 'fault-thread.js',
    inputs: ['main', 'shared'],
    runs: 'node',
  },
  {
    name: 'shell',
    entry: 'app/src/main.ts',
    output: 'main.js',
    inputs: ['app/src', 'main', 'shared'],
    runs: 'electron',
  },
  {
    name: 'preload',
    entry: 'app/src/preload/preload.ts',
    output: 'preload.cjs',
    inputs: ['app/src', 'shared'],
    runs: 'preload',
  },
];

/** Whether the build is for packaging, without test support. */
export const forProduct = () => process.env['SOFT_DIRTY_INSPECTOR_PRODUCT'] === '1';

/** The oldest engines that run the bundles: the fallback runtime's Chromium and Node. */
const target = { window: 'chrome130', node: 'node20.18', electron: 'node20.18', preload: 'chrome130' };

/** @param {Bundle} bundle */
export async function buildBundle(bundle) {
  const vite = await import('vite');
  // Vite leaves NODE_ENV at production, which would affect everything after a build.
  const before = process.env['NODE_ENV'];
  try {
    await vite.build(bundle.runs === 'window' ? await windowConfig(bundle) : codeConfig(bundle));
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

const alias = [{ find: /^#shared\//, replacement: `${join(root, 'shared')}/` }];

/** @param {[module: string, file: string]} _ */
function replacing([module, file]) {
  return { find: new RegExp(`^${module}$`), replacement: join(root, file) };
}

/** @param {Bundle} bundle @returns {Promise<import('vite').InlineConfig>} */
async function windowConfig(bundle) {
  const { default: react } = await import('@vitejs/plugin-react');
  return {
    configFile: false,
    root: join(root, 'renderer'),
    base: './',
    logLevel: 'error',
    plugins: [react(), startPage(react)],
    resolve: { alias },
    // Only tests use the debug handle.
    define: { 'import.meta.env.DEBUG_HANDLE': JSON.stringify(!forProduct()) },
    cacheDir: join(root, 'node_modules', '.vite'),
    build: {
      target: target[bundle.runs],
      outDir: join(bundle.folder ?? dist, bundle.output),
      emptyOutDir: true,
      sourcemap: true,
      // The window's content security policy allows no data: scripts or fonts.
      assetsInlineLimit: 0,
      // The licences of packages bundled into the window.
      license: { fileName: 'licenses.md' },
      modulePreload: { polyfill: false },
      // The start page, which is painted before the scripts are loaded, needs all of it.
      cssCodeSplit: false,
      chunkSizeWarningLimit: 4096,
    },
  };
}

/**
 * Puts the start view into index.html, made by the window's own components (renderer/start-page.tsx).
 * @param {typeof import('@vitejs/plugin-react').default} react
 * @returns {import('vite').Plugin}
 */
const startPage = (react) => ({
  name: 'start-page',
  async transformIndexHtml(html, { bundle }) {
    const { build } = await import('vite');
    const outDir = join(dist, 'start-page');
    await build({
      configFile: false,
      root: join(root, 'renderer'),
      logLevel: 'error',
      plugins: [react()],
      resolve: { alias },
      ssr: { noExternal: true, target: 'node' },
      build: { ssr: join(root, 'renderer/start-page.tsx'), outDir, copyPublicDir: false, minify: false },
    });
    const module = await import(`${pathToFileURL(join(outDir, 'start-page.js')).href}?${Date.now()}`);
    rmSync(outDir, { recursive: true });
    const scripts = Object.values(bundle ?? {}).find(({ name }) => name === 'main')?.fileName;
    return {
      html: html.replace('<div id="root"></div>', () => `<div id="root">${module.startPage()}</div>`),
      // Scripts come last: the start page is painted without them.
      tags: [
        {
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `./${scripts}` },
          injectTo: 'body',
        },
      ],
    };
  },
});

/** @param {Bundle} bundle @returns {import('vite').InlineConfig} */
function codeConfig(bundle) {
  const preload = bundle.runs === 'preload';
  return {
    configFile: false,
    root,
    logLevel: 'error',
    // A bundle that is copied elsewhere, as into a guest, has no schema library beside it.
    plugins:
      bundle.output === schemaLibrary || preload || bundle.folder !== undefined
        ? [nativeFiles]
        : [nativeFiles, sharedSchemas],
    resolve: { alias: [...alias, ...Object.entries(bundle.instead ?? {}).map(replacing)] },
    // Everything is bundled: the packaged application has no node_modules.
    ssr: { noExternal: true, external: ['electron'], target: 'node' },
    build: {
      ssr: join(root, bundle.entry),
      target: target[bundle.runs],
      outDir: bundle.folder ?? dist,
      emptyOutDir: false,
      copyPublicDir: false,
      license: { fileName: `${bundle.output}.licenses.md` },
      sourcemap: !bundle.output.startsWith('bench-'),
      minify: false,
      rolldownOptions: {
        external: ['electron'],
        output: {
          // A sandboxed preload can only be CommonJS.
          format: preload ? 'cjs' : 'es',
          entryFileNames: bundle.output,
          codeSplitting: false,
        },
      },
    },
  };
}

/** Packages that are not bundled, each with the file below app/dist that replaces it. */
const unbundled = { koffi: koffiModule, [zstdPackage]: zstdModule };

/** @type {import('vite').Plugin} */
const nativeFiles = {
  name: 'native-files',
  enforce: 'pre',
  resolveId: (source) => (source === 'koffi' ? { id: `./${koffiModule}`, external: 'relative' } : null),
  // The engine loads them at first use, with require, which no bundler resolves.
  transform(code) {
    let result = code;
    for (const [name, file] of Object.entries(unbundled)) {
      const load = `createRequire(import.meta.url)('${name}')`;
      result = result.replaceAll(load, load.replace(name, `./${file}`));
    }
    const path = `createRequire(import.meta.url).resolve('${demanglerFile}')`;
    result = result.replaceAll(path, path.replace(demanglerFile, `./${demanglerModule}`));
    return result === code ? null : { code: result, map: null };
  },
};

/** @type {import('vite').Plugin} */
const sharedSchemas = {
  name: 'shared-schemas',
  enforce: 'pre',
  resolveId: (source) => (source === 'zod' ? { id: `./${schemaLibrary}`, external: 'relative' } : null),
};

/**
 * Bundles a benchmark, beside the other bundles so that it finds the native files.
 * @param {string} entry relative to the top folder
 * @returns {Promise<string>} the script
 */
export async function buildBenchmark(entry) {
  const output = `bench-${entry.replaceAll(/\W/g, '-')}.js`;
  await buildBundle({ name: entry, entry, output, inputs: [], runs: 'node' });
  return join(dist, output);
}
