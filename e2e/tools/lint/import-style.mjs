/** How an import is written, as a plugin of oxlint with one rule: its regular expressions have no look-ahead. */

const ENDING = /\.(ts|tsx|mjs|js|css|json|svg|woff2)(\?\w+)?$/;
const OWN = /^(\.\.?\/|#shared\/)/;

/**
 * What is wrong with an import of `source` in `file`, relative to the top folder; null if nothing is.
 * @param {string} file
 * @param {string} source
 */
function fault(file, source) {
  if (OWN.test(source) && !ENDING.test(source))
    return 'Write the file’s extension: the path is then the file.';
  const isShared = file.startsWith('shared/');
  if (isShared && source.startsWith('#shared/')) return 'Inside shared use relative imports.';
  if (!isShared && /^\.\.?\/(.*\/)?shared\//.test(source))
    return 'Import shared as #shared/…: the path stays when the file moves.';
  return null;
}

const rule = {
  /** @param {{ cwd: string, filename: string, report(found: object): void }} context */
  create(context) {
    const file = context.filename.slice(context.cwd.length + 1);
    /** @param {{ source: { type: string, value?: unknown } | null }} node */
    const check = ({ source }) => {
      const message = typeof source?.value === 'string' ? fault(file, source.value) : null;
      if (message !== null) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: 'import-style' }, rules: { written: rule } };
