/**
 * Who may import whom, for eslint-plugin-boundaries: a list of the parts, and for each what it may use.
 * What is not allowed here is an error; type imports count as much as values, and `import()` as much as `import`.
 */

/** Parts in the order in which they are tried: the first whose folder holds the file. */
const elements = [
  { type: 'shared', pattern: 'shared' },
  { type: 'main', pattern: 'main' },
  { type: 'panel', pattern: 'renderer/panels/*', capture: ['panel'] },
  ...['model', 'export', 'controllers', 'stores', 'engine', 'data', 'actions', 'ui', 'testing'].map(
    (folder) => ({
      type: `renderer-${folder}`,
      pattern: `renderer/${folder}`,
    }),
  ),
  ...['view', 'export', 'description', 'overlay', 'paint', 'rows', 'geometry'].map((folder) => ({
    type: `heatmap-${folder}`,
    pattern: `renderer/heatmap/${folder}`,
  })),
  { type: 'renderer', pattern: 'renderer' },
  { type: 'preload', pattern: 'app/src/preload' },
  { type: 'shell', pattern: 'app/src' },
  { type: 'default-app', pattern: 'app/setup/runtime/default-app' },
  { type: 'commands', pattern: 'app/setup/commands' },
  { type: 'setup', pattern: 'app/setup' },
  { type: 'tools', pattern: 'e2e/tools' },
  { type: 'e2e', pattern: 'e2e' },
].map((element) => ({ ...element, partialMatch: false }));

/** The address map, from what knows nothing of the others on. */
const heatmapParts = [
  'heatmap-geometry',
  'heatmap-rows',
  'heatmap-paint',
  'heatmap-overlay',
  'heatmap-description',
  'heatmap-export',
  'heatmap-view',
];

/** The window's parts below its panels, from what knows nothing of the others on: each imports only those before it. */
const windowParts = [
  'renderer-ui',
  'renderer-data',
  'renderer-stores',
  'renderer-engine',
  'renderer-controllers',
  'renderer-export',
  ...heatmapParts,
  'renderer-model',
  'renderer-actions',
];

const rendererParts = ['panel', ...windowParts, 'renderer-testing', 'renderer'];

/** What each part may import of the others, itself included. */
const parts = {
  shared: ['shared'],
  main: ['main', 'shared'],
  ...Object.fromEntries(
    windowParts.map((part, index) => [part, [...windowParts.slice(0, index + 1), 'shared']]),
  ),
  panel: [...windowParts, 'shared'],
  'renderer-testing': [...windowParts, 'renderer-testing', 'shared'],
  renderer: ['panel', ...windowParts, 'renderer', 'shared'],
  preload: ['preload', 'shared'],
  shell: ['shell', 'preload', 'main', 'shared'],
  'default-app': [],
  setup: ['setup'],
  tools: ['tools', 'setup'],
  commands: ['commands', 'setup', 'tools'],
  e2e: ['e2e', 'tools', 'setup', 'shared'],
};

/** Packages of the window, which the engine has no use for. */
const windowPackages = [
  '{react,react-dom,react-aria,react-aria-components,zustand,d3,lucide-react,fuzzysort}',
  'd3-*',
  '@fontsource*/*',
  '@react-*/*',
];

/** Packages of recordings, which the engine alone reads and writes. */
const recordingPackages = ['@mcap/*', '@foxglove/*', 'apache-arrow'];

/** @param {string[]} types */
const elementsOf = (types) => ({ element: { types: { anyOf: types } } });
/** @param {string | string[]} source */
const packages = (source) => ({ module: { origin: 'external', source } });
const node = { module: { origin: 'core' } };

export const importSettings = {
  'boundaries/elements': elements,
  'boundaries/files': [
    { category: 'test', pattern: '**/*.{test,bench}.{ts,tsx}' },
    { category: 'fixture', pattern: '**/testing/**' },
    { category: 'manifest', pattern: 'package.json' },
  ],
  'boundaries/dependency-nodes': ['import', 'export', 'require', 'dynamic-import'],
  'boundaries/legacy-templates': false,
  'import/resolver': { typescript: { project: 'tsconfig.base.json' } },
};

/** What is imported at all, from wherever. */
const common = {
  tests: { disallow: { to: { file: { categories: 'test' } } } },
  // Packages and Node: everything but what a part must not know.
  packages: { allow: { to: [packages('**'), node] } },
};

/** @param {string} part */
const isWindow = (part) => rendererParts.includes(part);

/**
 * The policies for the files of one part, of which the last that matches decides. Each part has its own list, so that
 * an import is not compared with those of all others.
 * @param {string} part
 */
function policiesOf(part) {
  const own = /** @type {Record<string, string[]>} */ (parts)[part] ?? [];
  const from = { element: { type: part } };
  const tests = { ...from, file: { categories: 'test' } };
  /** Tests, and what several of them share. */
  const testing = { ...from, file: { categories: { anyOf: ['test', 'fixture'] } } };
  const policies = [
    { from, allow: { to: elementsOf(own) } },
    // The version is stated there alone.
    part === 'main' && { from, allow: { to: { file: { categories: 'manifest' } } } },
    part === 'panel' && {
      from,
      allow: { to: { element: { type: 'panel', captured: { panel: '{{ from.element.captured.panel }}' } } } },
    },
    // Tests may import the parts above their own, and have their own window.
    heatmapParts.includes(part) && { from: tests, allow: { to: elementsOf(heatmapParts) } },
    isWindow(part) && { from: testing, allow: { to: elementsOf(['renderer-testing']) } },
    part === 'e2e' && { from, disallow: { to: elementsOf(['shared']), dependency: { kind: 'value' } } },
    common.tests,
    common.packages,
    part === 'main' && { from, disallow: { to: packages(windowPackages) } },
    isWindow(part) && { from, disallow: { to: [packages('koffi'), node] } },
    part === 'shared' && { from, disallow: { to: [packages('**'), node] } },
    part === 'shared' && { from, allow: { to: packages('zod') } },
    part === 'shared' && { from: testing, allow: { to: [packages(['vitest', 'fast-check']), node] } },
    isWindow(part) && { from: tests, allow: { to: node } },
    !['shell', 'preload', 'default-app'].includes(part) && { from, disallow: { to: packages('electron') } },
    !['main', 'shared', 'default-app'].includes(part) && {
      from,
      disallow: { to: packages(recordingPackages) },
    },
  ];
  return policies.filter((policy) => policy !== false);
}

/** @param {readonly object[]} policies */
const rule = (policies) => ({
  'boundaries/dependencies': [
    'error',
    {
      default: 'disallow',
      checkAllOrigins: true,
      checkUnknownLocals: true,
      checkInternals: true,
      message:
        'This part may not import that one: see "Folders and directions of import" in ARCHITECTURE.md.',
      policies,
    },
  ],
});

/** Overrides for oxlint; the last whose files match decides, and the first element of a file is the narrowest. */
export const importOverrides = [
  { files: ['**'], rules: rule(Object.values(common)) },
  ...elements
    .map(({ type, pattern }) => ({ files: [`${pattern}/**`], rules: rule(policiesOf(type)) }))
    .reverse(),
];
