/** How an import is written, for no-restricted-imports. */

const extension = {
  regex: String.raw`^(\.\.?/|#shared/)(?!.*\.(ts|tsx|mjs|js|css|json|svg|woff2)(\?\w+)?$)`,
  message: 'Write the file’s extension: the path is then the file.',
};

/** @param {string[]} files @param {{ regex: string, message: string }} style */
const within = (files, style) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [extension, style] }] },
});

export const importStyle = [
  within(['main/**', 'renderer/**', 'app/**', 'e2e/**'], {
    regex: String.raw`^\.\.?/(.*/)?shared/`,
    message: 'Import shared as #shared/…: the path stays when the file moves.',
  }),
  within(['shared/**'], { regex: '^#shared/', message: 'Inside shared use relative imports.' }),
];
