import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Files of these share a process and its modules: loading them again takes longer than most tests. */
const SHARING = ['shared', 'model', 'engine', 'renderer', 'renderer-dom'];
/** Parts of main that watch no program. */
const MODEL = ['simulated', 'scenarios', 'recording', 'lessons', 'how-often'].map(
  (folder) => `main/${folder}/**/*.test.ts`,
);
/** Tests beside those that track nothing in their own process: they start the built command, or watch a simulated program. */
const ENGINE = [
  'cli/!(attach-attempt)',
  'link/*',
  'native/backends/{compare/fingerprints,soft-dirty/dirty-set}',
  'native/process/{changed-lines,maps,names}',
  'native/symbols/{call-sites,data-symbols,demangle}',
  'native/tracking/{address-space,region-list,segments}',
  'native/tracking/{hot/{hot-pages,onset},registration/{occupancy,pending}}',
  'session/session',
  'session/{history,playback,server}/*',
  'session/launch/unseen-children',
  'session/live/{confirm-clear,past-view,stepping}',
  'write-watch/write-watches',
].map((file) => `main/${file}.test.ts`);

/** One project a part: each runs in the environment that it is written for. */
function part(name: string, include: string[], environment: 'node' | 'jsdom', exclude: string[] = []) {
  const isolate = !SHARING.includes(name);
  const globalSetup = ['main', 'model', 'engine'].includes(name)
    ? ['main/native/testing/scripts-folder.ts']
    : [];
  return { extends: true as const, test: { name, include, exclude, environment, isolate, globalSetup } };
}

export default defineConfig({
  resolve: {
    alias: [{ find: /^#shared\//, replacement: fileURLToPath(new URL('shared/', import.meta.url)) }],
  },
  test: {
    projects: [
      part('shared', ['shared/**/*.test.ts'], 'node'),
      part('model', MODEL, 'node'),
      part('engine', ENGINE, 'node'),
      part('main', ['main/**/*.test.ts'], 'node', [...MODEL, ...ENGINE]),
      part('renderer', ['renderer/**/*.test.ts'], 'node'),
      part('renderer-dom', ['renderer/**/*.test.tsx'], 'jsdom'),
      // Run by `npm run test:wine`, which sets this.
      ...(process.env['WRITE_WATCH_EXE'] === undefined
        ? []
        : [part('wine', ['main/**/*.test-wine.ts'], 'node')]),
      part('app', ['app/**/*.test.ts', 'e2e/tools/**/*.test.ts'], 'node'),
    ],
    // Much of the time is waiting for programs that are watched.
    maxWorkers: '100%',
    reporters: ['default', './e2e/tools/reporters/vitest.mjs'],
    // Property tests on a busy machine; a test that hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
