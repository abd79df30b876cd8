import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lintFolder } from './lint-folder.ts';

/** A tree of the project's shape, so that the rules are tested and not what happens to exist today. */
const tree = [
  'shared/memory/page.ts',
  'main/host.ts',
  'main/native/scan.ts',
  'main/native/scan.test.ts',
  'renderer/main.tsx',
  'renderer/style.css',
  'renderer/stores/store.ts',
  'renderer/heatmap/geometry/layout.ts',
  'renderer/ui/button.tsx',
  'renderer/panels/timeline/timeline.tsx',
  'renderer/panels/timeline/marks.ts',
  'renderer/panels/lessons/lessons.tsx',
  'app/src/main.ts',
  'app/src/preload/bridge.ts',
  'app/setup/electron.mjs',
  'e2e/pages/window.ts',
];

type Case = readonly [file: string, code: string, rules: readonly string[]];

let folder: string;
/** The rules that each case breaks. */
let found: string[][];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-imports-'));
  for (const file of tree) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), 'export const it = 1;\n');
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module","imports":{"#shared/*":"./shared/*"}}');
  writeFileSync(
    join(folder, 'tsconfig.base.json'),
    '{"compilerOptions":{"paths":{"#shared/*":["./shared/*"]}}}',
  );
  found = await brokenRules([...REFUSED.map(([, ...one]) => one), ...ALLOWED]);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file of its own for each case, beside the one that it names. */
async function brokenRules(cases: readonly Case[]): Promise<string[][]> {
  const files = cases.map(([file], i) => file.replace(/(?=\.(test\.)?\w+$)/, String(i)));
  for (const [i, [, code]] of cases.entries()) {
    mkdirSync(join(folder, dirname(files[i] ?? '')), { recursive: true });
    writeFileSync(join(folder, files[i] ?? ''), `${code}\n`);
  }
  const diagnostics = await lintFolder(folder, ...files);
  return files.map((file) => diagnostics.filter(({ filename }) => filename === file).map(({ code }) => code));
}

const direction = ['boundaries(dependencies)'];
const style = ['import-style(written)'];

const REFUSED: readonly (readonly [name: string, ...Case])[] = [
  ['shared knows no engine', 'shared/a.ts', "import '../main/host.ts';", direction],
  ['shared knows no window', 'shared/a.ts', "import '../renderer/stores/store.ts';", direction],
  ['shared knows no Node', 'shared/a.ts', "import 'node:fs';", direction],
  ['shared knows no Node by its short name', 'shared/a.ts', "import 'fs';", direction],
  ['shared needs no package but zod', 'shared/a.ts', "import 'd3';", direction],
  ['shared has no test tools outside tests', 'shared/a.ts', "import 'vitest';", direction],
  ['the engine knows no window', 'main/a.ts', "import '../renderer/main.tsx';", direction],
  [
    'the engine knows no type of the window',
    'main/a.ts',
    "import type { it } from '../renderer/stores/store.ts'; export type A = typeof it;",
    direction,
  ],
  ['the engine knows no shell', 'main/a.ts', "import '../app/src/main.ts';", direction],
  ['the engine knows no Electron', 'main/a.ts', "import 'electron';", direction],
  ['the engine knows no part of Electron', 'main/a.ts', "import 'electron/main';", direction],
  ['a dynamic import counts', 'main/a.ts', "await import('electron');", direction],
  ['an export from counts', 'main/a.ts', "export { it } from '../app/src/main.ts';", direction],
  ['the engine knows no React', 'main/a.ts', "import 'react-dom/client';", direction],
  ['the engine knows no d3', 'main/a.ts', "import 'd3';", direction],
  ['the window knows no engine', 'renderer/a.tsx', "import '../main/host.ts';", direction],
  [
    'the window knows no shell',
    'renderer/stores/a.ts',
    "import '../../app/src/preload/bridge.ts';",
    direction,
  ],
  ['the window knows no Node', 'renderer/stores/a.ts', "import 'node:fs';", direction],
  ['the window knows no Electron', 'renderer/a.tsx', "import 'electron/renderer';", direction],
  ['the window reads no recordings', 'renderer/a.tsx', "import '@mcap/core';", direction],
  ['the shell reads no recordings', 'app/src/a.ts', "import '@mcap/core';", direction],
  ['shared reads no recordings', 'shared/a.ts', "import '@foxglove/wasm-zstd';", direction],
  ['the window calls no native code', 'renderer/a.tsx', "import 'koffi';", direction],
  [
    'a panel knows no other panel',
    'renderer/panels/lessons/a.tsx',
    "import '../timeline/timeline.tsx';",
    direction,
  ],
  ['a panel knows no root', 'renderer/panels/lessons/a.tsx', "import '../../main.tsx';", direction],
  ['stores know no panel', 'renderer/stores/a.ts', "import '../panels/lessons/lessons.tsx';", direction],
  ['stores know no picture', 'renderer/stores/a.ts', "import '../heatmap/geometry/layout.ts';", direction],
  ['geometry knows no painter', 'renderer/heatmap/geometry/a.ts', "import '../paint/scene.ts';", direction],
  ['data know no controller', 'renderer/data/a.ts', "import '../controllers/playback.ts';", direction],
  ['the program has no test support', 'renderer/main.tsx', "import './testing/window.tsx';", direction],
  ['primitives know no store', 'renderer/ui/a.tsx', "import '../stores/store.ts';", direction],
  ['the shell loads the window as a page', 'app/src/a.ts', "import '../../renderer/main.tsx';", direction],
  ['the preload knows no shell', 'app/src/preload/a.ts', "import '../main.ts';", direction],
  ['the preload knows no engine', 'app/src/preload/a.ts', "import '../../../main/host.ts';", direction],
  ['set-up knows no program', 'app/setup/a.mjs', "import '../../main/host.ts';", direction],
  ['e2e knows no engine', 'e2e/a.ts', "import '../main/host.ts';", direction],
  ['e2e knows no Electron', 'e2e/a.ts', "import 'electron';", direction],
  ['e2e takes no values from shared', 'e2e/a.ts', "import '#shared/memory/page.ts';", direction],
  ['tests are not a library', 'main/a.ts', "import './native/scan.test.ts';", direction],
  ['shared is written #shared', 'main/a.ts', "import '../shared/memory/page.ts';", style],
  ['inside shared it is not', 'shared/a.ts', "import '#shared/memory/page.ts';", style],
  ['the extension is written', 'main/a.ts', "import './native/scan';", style],
];

const ALLOWED: readonly Case[] = [
  ['shared/a.ts', "import 'zod'; import './memory/page.ts';", []],
  [
    'shared/a.test.ts',
    "import 'vitest'; import 'fast-check'; import 'node:fs'; import './memory/page.ts';",
    [],
  ],
  [
    'main/a.ts',
    "import '#shared/memory/page.ts'; import './native/scan.ts'; import 'node:fs'; import 'koffi';",
    [],
  ],
  [
    'renderer/a.tsx',
    "import 'react'; import './style.css'; import './panels/lessons/lessons.tsx'; import '#shared/memory/page.ts';",
    [],
  ],
  [
    'renderer/panels/timeline/a.tsx',
    "import './marks.ts'; import '../../stores/store.ts'; import '../../heatmap/geometry/layout.ts'; import '../../ui/button.tsx';",
    [],
  ],
  [
    'renderer/heatmap/rows/a.ts',
    "import '../../stores/store.ts'; import 'd3'; import '../geometry/layout.ts';",
    [],
  ],
  [
    'app/src/a.ts',
    "import 'electron'; import '../../main/host.ts'; import './preload/bridge.ts'; import 'node:fs';",
    [],
  ],
  ['app/src/preload/a.ts', "import 'electron'; import './bridge.ts'; import '#shared/memory/page.ts';", []],
  [
    'e2e/a.ts',
    "import '@playwright/test'; import '../app/setup/electron.mjs'; import './pages/window.ts'; import type { it } from '#shared/memory/page.ts'; export type A = typeof it;",
    [],
  ],
];

it.each(REFUSED.map(([name, , , rules], i) => [name, i, rules] as const))('%s', (_name, i, rules) => {
  expect(found[i]).toEqual(rules);
});

it.each(ALLOWED.map(([file, code], i) => [file, code, i] as const))('%s may have %s', (_file, _code, i) => {
  expect(found[REFUSED.length + i]).toEqual([]);
});
